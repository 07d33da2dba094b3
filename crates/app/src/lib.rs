//! Use cases: authorise, load, decide, save, enqueue; one transaction each.
