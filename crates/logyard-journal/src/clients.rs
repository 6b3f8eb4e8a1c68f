use std::collections::HashMap;

/// A client that numbers its records: 16 bytes that it drew at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub [u8; 16]);

/// Clients that are remembered: those seen last. A process makes one, so that this is days of a busy
/// host; each costs 32 bytes at the beginning of each segment.
const MOST: usize = 100_000;

/// Which part of them is forgotten at a time when there are too many: looking for the oldest costs.
const FORGOTTEN: usize = 10;

/// How long one is remembered: as long as a spool may lie on disk.
const REMEMBERED_MICROS: u64 = 30 * 24 * 3600 * 1_000_000;

const ONE: usize = 32;

/// The highest number that each client has given to a record that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clients {
    known: HashMap<ClientId, Known>,
    /// How many are remembered.
    most: usize,
}

impl Default for Clients {
    /// As many as are ever remembered: 100,000.
    fn default() -> Self {
        Clients { known: HashMap::new(), most: MOST }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    last: u64,
    /// When it was heard of, in microseconds since 1970.
    micros: u64,
}

impl Clients {
    /// Remembers no more than make so many bytes (or 100,000): each segment begins with all of them.
    pub(crate) fn limit(&mut self, bytes: u64) {
        self.most =
            usize::try_from(bytes).unwrap_or(usize::MAX).div_euclid(ONE).clamp(FORGOTTEN, MOST);
        while self.known.len() > self.most {
            self.forget(0);
        }
    }

    /// The number of the last record taken from a client; 0 if none is known.
    pub fn last(&self, id: ClientId) -> u64 {
        self.known.get(&id).map_or(0, |known| known.last)
    }

    /// A record with this number, and all before it, have been taken.
    pub fn took(&mut self, id: ClientId, last: u64, micros: u64) {
        if self.known.len() >= self.most && !self.known.contains_key(&id) {
            self.forget(micros);
        }
        let known = self.known.entry(id).or_insert(Known { last, micros });
        known.last = known.last.max(last);
        known.micros = known.micros.max(micros);
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Those that have been silent for too long, and if that isn't enough, those silent for longest.
    fn forget(&mut self, now: u64) {
        self.known.retain(|_, known| known.micros.saturating_add(REMEMBERED_MICROS) > now);
        if self.known.len() < self.most {
            return;
        }
        let mut times: Vec<u64> = self.known.values().map(|known| known.micros).collect();
        let (_, &mut limit, _) = times.select_nth_unstable(self.most / FORGOTTEN);
        let mut left = self.most / FORGOTTEN;
        self.known.retain(|_, known| {
            let goes = known.micros <= limit && left > 0;
            left -= usize::from(goes);
            !goes
        });
    }

    /// As the body of an entry, in the order of the ids.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut all: Vec<_> = self.known.iter().collect();
        all.sort_unstable_by_key(|(id, _)| **id);
        let mut bytes = Vec::with_capacity(all.len() * ONE);
        for (id, known) in all {
            bytes.extend_from_slice(&id.0);
            bytes.extend_from_slice(&known.last.to_le_bytes());
            bytes.extend_from_slice(&known.micros.to_le_bytes());
        }
        bytes
    }

    /// The inverse; what is left over at the end is passed over.
    pub fn from_bytes(bytes: &[u8]) -> Clients {
        let mut clients = Clients::default();
        let (all, _) = bytes.as_chunks::<ONE>();
        for one in all.iter().take(MOST) {
            let number = |at: usize| {
                let bytes = one.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
                u64::from_le_bytes(bytes.unwrap_or_default())
            };
            let id = one.first_chunk::<16>().copied().unwrap_or_default();
            clients.known.insert(ClientId(id), Known { last: number(16), micros: number(24) });
        }
        clients
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for ClientId {
    type Err = ();

    /// 32 hexadecimal digits.
    fn from_str(text: &str) -> Result<ClientId, ()> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        Ok(ClientId(u128::from_str_radix(text, 16).map_err(|_| ())?.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_silent_for_longest_are_forgotten() {
        let mut clients = Clients::default();
        let id = |n: usize| ClientId((n as u128).to_be_bytes());
        for n in 0..MOST {
            clients.took(id(n), n as u64 + 1, n as u64);
        }
        clients.took(id(MOST), 7, MOST as u64);
        assert!(clients.len() <= MOST);
        assert_eq!((clients.last(id(0)), clients.last(id(MOST))), (0, 7));
        assert_eq!(clients.last(id(MOST - 1)), MOST as u64);
        clients.took(id(MOST), 5, 0);
        assert_eq!(clients.last(id(MOST)), 7, "never backwards");
        assert_eq!(Clients::from_bytes(&clients.to_bytes()), clients);
    }

    #[test]
    fn a_small_journal_remembers_fewer() {
        let mut clients = Clients::default();
        for n in 0..5000_u64 {
            clients.took(ClientId(u128::from(n).to_be_bytes()), 1, n);
        }
        clients.limit(32 * 1000);
        assert!(clients.len() <= 1000);
        for n in 5000..9000_u64 {
            clients.took(ClientId(u128::from(n).to_be_bytes()), 1, n);
            assert!(clients.len() <= 1000);
            assert_eq!(clients.last(ClientId(u128::from(n).to_be_bytes())), 1);
        }
    }

    #[test]
    fn ids_are_read_as_they_are_shown() {
        let id = ClientId([0x9f; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "9f", "+f86d081884c7d659a2feaa0c55ad015"] {
            assert_eq!(bad.parse::<ClientId>(), Err(()));
        }
    }
}
