use crate::clients::ClientId;

/// First bytes of each entry: what a reader looks for behind damage.
pub(crate) const MAGIC: [u8; 4] = *b"LYe1";

/// Length of an entry's head.
pub(crate) const HEAD: usize = 48;

/// Bytes that one entry's body may have: the largest frame that a server can be told to take, its
/// origin, and some more. What claims to be longer is damage.
pub(crate) const MOST_BODY: usize = (1 << 30) + (1 << 20);

/// What an entry's body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Frames, as they came.
    Frames = 1,
    /// What is known of the clients at this place: each segment begins with it.
    Clients = 2,
}

/// The fixed part of an entry. Integers are little endian on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    /// Bytes that follow the head.
    pub(crate) body: u32,
    /// Number of the first record in it; records are numbered from 1 on through all segments.
    pub(crate) number: u64,
    /// Records in it.
    pub(crate) records: u32,
    /// When it was taken, in microseconds since 1970.
    pub(crate) micros: u64,
    /// CRC-32 of the body.
    pub(crate) body_crc: u32,
    /// The segment's: bytes that look like an entry, but stand in a record, don't have it.
    pub(crate) salt: u64,
}

impl Head {
    pub(crate) fn to_bytes(self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = self.kind as u8;
        bytes[8..12].copy_from_slice(&self.body.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.records.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.number.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.micros.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.body_crc.to_le_bytes());
        bytes[36..44].copy_from_slice(&self.salt.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..44]);
        bytes[44..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// None if these bytes are no whole, undamaged head.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Head> {
        let bytes = bytes.get(..HEAD)?;
        let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let u64_at = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        if bytes[..4] != MAGIC || u32_at(44)? != crc32fast::hash(&bytes[..44]) {
            return None;
        }
        let kind = match bytes[4] {
            1 => Kind::Frames,
            2 => Kind::Clients,
            _ => return None,
        };
        let head = Head {
            kind,
            body: u32_at(8)?,
            records: u32_at(12)?,
            number: u64_at(16)?,
            micros: u64_at(24)?,
            body_crc: u32_at(32)?,
            salt: u64_at(36)?,
        };
        let end = head.number.checked_add(head.records.into())?;
        (head.body as usize <= MOST_BODY && (1..u64::MAX).contains(&end)).then_some(head)
    }

    /// The same, of bytes where no head need be: it must be the segment's, if that is known.
    pub(crate) fn of_segment(bytes: &[u8], salt: Option<u64>) -> Option<Head> {
        Head::from_bytes(bytes).filter(|head| salt.is_none_or(|salt| salt == head.salt))
    }

    /// Number of the last record in it; of an entry without records, the one before.
    pub(crate) fn last(&self) -> u64 {
        (self.number + u64::from(self.records)).saturating_sub(1)
    }
}

/// Where records came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The peer, as the server names it in its messages.
    pub peer: &'a str,
    /// The client that numbers its records, and the number it gave to the last of these.
    pub client: Option<(ClientId, u64)>,
}

/// Records that were taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// When, in microseconds since 1970.
    pub micros: u64,
    /// From where.
    pub origin: Origin<'a>,
    /// How many.
    pub records: u32,
    /// Their frames: each a length of 4 bytes, big endian, and a pickle.
    pub frames: &'a [u8],
}

/// Length of the longest peer's name that is kept.
const MOST_PEER: usize = 255;

impl Batch<'_> {
    /// What stands before the frames in the body: length and text of the peer's name, then 0, or 1
    /// and the client.
    pub(crate) fn origin_bytes(&self, to: &mut Vec<u8>) {
        let peer = self.origin.peer;
        let end = (0..=MOST_PEER.min(peer.len())).rev().find(|&end| peer.is_char_boundary(end));
        let peer = peer.get(..end.unwrap_or(0)).unwrap_or_default();
        to.push(peer.len() as u8); // MOST_PEER at most
        to.extend_from_slice(peer.as_bytes());
        match self.origin.client {
            None => to.push(0),
            Some((id, last)) => {
                to.push(1);
                to.extend_from_slice(&id.0);
                to.extend_from_slice(&last.to_le_bytes());
            }
        }
    }

    /// The inverse. None if the body is not one of frames.
    pub(crate) fn from_body(head: Head, body: &[u8]) -> Option<Batch<'_>> {
        let (&peer, rest) = body.split_first()?;
        let (peer, rest) = rest.split_at_checked(usize::from(peer))?;
        let (&kind, rest) = rest.split_first()?;
        let (client, frames) = match kind {
            0 => (None, rest),
            1 => {
                let (id, rest) = rest.split_first_chunk::<16>()?;
                let (last, rest) = rest.split_first_chunk::<8>()?;
                (Some((ClientId(*id), u64::from_le_bytes(*last))), rest)
            }
            _ => return None,
        };
        let origin = Origin { peer: std::str::from_utf8(peer).ok()?, client };
        Some(Batch { micros: head.micros, origin, records: head.records, frames })
    }
}
