//! Frames of Zstandard; without the feature `zst` there are none.

/// First bytes of a frame.
pub(crate) const MAGIC: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();

/// Little time for most of the gain: pickles of records repeat themselves.
#[cfg(feature = "zst")]
const LEVEL: i32 = 1;

/// Length of the frame at the beginning, if it is whole, and of what it unpacks to, as its head says.
#[cfg(feature = "zst")]
pub(crate) fn frame(bytes: &[u8]) -> Option<(usize, u64)> {
    use zstd::zstd_safe;
    bytes.starts_with(&MAGIC).then_some(())?;
    let plain = zstd_safe::get_frame_content_size(bytes).ok()??;
    let len = zstd_safe::find_frame_compressed_size(bytes).ok()?;
    (len <= bytes.len()).then_some((len, plain))
}

#[cfg(not(feature = "zst"))]
pub(crate) fn frame(_: &[u8]) -> Option<(usize, u64)> {
    None
}

/// Unpacks a frame of this length; false if it is damaged.
#[cfg(feature = "zst")]
pub(crate) fn unpack(packed: &[u8], len: usize, plain: &mut Vec<u8>) -> bool {
    thread_local! {
        // making one costs more than unpacking a block
        static CONTEXT: std::cell::RefCell<zstd::zstd_safe::DCtx<'static>> =
            std::cell::RefCell::new(zstd::zstd_safe::DCtx::create());
    }
    plain.clear();
    plain.reserve(len);
    CONTEXT.with_borrow_mut(|context| context.decompress(plain, packed)).is_ok()
}

#[cfg(not(feature = "zst"))]
pub(crate) fn unpack(_: &[u8], _: usize, _: &mut Vec<u8>) -> bool {
    false
}

/// What makes frames.
#[cfg(feature = "zst")]
pub(crate) struct Packer(zstd::bulk::Compressor<'static>);

#[cfg(feature = "zst")]
impl Packer {
    pub(crate) fn new() -> std::io::Result<Packer> {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        Ok(Packer(compressor))
    }

    pub(crate) fn pack(&mut self, plain: &[u8], packed: &mut Vec<u8>) -> std::io::Result<()> {
        packed.clear();
        packed.reserve(zstd::zstd_safe::compress_bound(plain.len()));
        self.0.compress_to_buffer(plain, packed).map(drop)
    }
}

#[cfg(not(feature = "zst"))]
pub(crate) struct Packer;

#[cfg(not(feature = "zst"))]
impl Packer {
    pub(crate) fn new() -> std::io::Result<Packer> {
        Err(std::io::Error::new(
            std::io::ErrorKind::Unsupported,
            "this logyard was built without Zstandard",
        ))
    }

    pub(crate) fn pack(&mut self, _: &[u8], _: &mut Vec<u8>) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}
