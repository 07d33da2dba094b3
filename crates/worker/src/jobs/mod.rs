//! The jobs, one file for each kind.

mod process_delivery;

pub use process_delivery::ProcessDelivery;
