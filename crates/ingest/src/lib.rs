//! Channels in: fetch or verify, then decode.
