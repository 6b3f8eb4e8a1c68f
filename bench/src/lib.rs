//! What the benchmark's programs share: cutting a file of frames or lines, and making a stock record.

mod frames;
mod stock;

pub use frames::{End, Slice, count, deal_out, frame_end, line_end};
pub use stock::{frame_with_extra, stock_frame};
