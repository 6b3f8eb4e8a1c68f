//! Frames and pickles, decoded as data: nothing here can call, import or construct anything.
mod frame;
mod limits;
pub use frame::{FrameError, HEADER, Step, next_frame};
pub use limits::Limits;
