//! What the benchmark's programs share: cutting a file of frames.

mod frames;

pub use frames::{Slice, count, deal_out, frame_end};
