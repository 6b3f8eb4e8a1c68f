//! Frames and pickles, decoded as data: nothing here can call, import or construct anything.
//!
//! [`next_frame`] cuts a stream as `logging.handlers.SocketHandler` wrote it. A [`Machine`] decodes
//! one pickle of any protocol from 0 to 5 into a [`Value`] that borrows from the frame: a `GLOBAL`
//! is a [`Class`], which is two names; what CPython would get by calling one is an [`Object`], which
//! is that class, the arguments and the state. Neither decoding nor reading a value recurses.
mod arena;
mod calls;
mod classes;
mod compat;
mod containers;
mod decode;
mod error;
mod frame;
mod keys;
mod limits;
mod machine;
mod number;
mod opcode;
mod operands;
mod stack;
mod text;
mod usual;
mod value;

pub use error::{Operand, PickleError, Problem};
pub use frame::{FrameError, HEADER, Step, next_frame};
pub use limits::Limits;
pub use machine::{Kept, Machine};
pub use usual::USUAL_KEYS;
pub use value::{Class, Dict, Object, Pairs, Seq, Slot, Slots, Value, Values};
