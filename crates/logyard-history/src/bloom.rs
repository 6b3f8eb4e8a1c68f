//! Which tokens are in a block: 16 bits for each, of which 6 are set.

const BITS_PER_TOKEN: usize = 16;
const HASHES: u32 = 6;

/// A token's hash: the same on every machine.
pub(crate) fn hash(parts: &[&[u8]]) -> u64 {
    // words are short: eight bytes at a time, folded by a wide product
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = K;
    let fold = |state: u64, word: u64| {
        let wide = u128::from(state ^ word) * u128::from(K ^ 0xd1b5_4a32_d192_ed03);
        (wide as u64) ^ ((wide >> 64) as u64)
    };
    for part in parts {
        let (words, rest) = part.as_chunks::<8>();
        for word in words {
            state = fold(state, u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        state = fold(state, u64::from_le_bytes(last));
        state = fold(state, part.len() as u64 ^ K);
    }
    state
}

fn bits(hash: u64, of: u64) -> impl Iterator<Item = u64> {
    let (start, step) = ((hash >> 32) as u32, hash as u32 | 1);
    (0..HASHES).map(move |n| {
        let at = start.wrapping_add(n.wrapping_mul(step)).rotate_left(n * 5);
        (u64::from(at) * of) >> 32
    })
}

/// The filter of tokens, whose hashes these are; each counts once.
pub(crate) fn filter(hashes: &mut Vec<u64>, out: &mut Vec<u8>) {
    hashes.sort_unstable();
    hashes.dedup();
    let bytes = (hashes.len() * BITS_PER_TOKEN).div_ceil(64).max(1) * 8;
    let start = out.len();
    out.resize(start + bytes, 0);
    let filter = out.get_mut(start..).unwrap_or_default();
    for hash in hashes {
        for bit in bits(*hash, bytes as u64 * 8) {
            if let Some(byte) = filter.get_mut((bit / 8) as usize) {
                *byte |= 1 << (bit % 8);
            }
        }
    }
}

/// Whether a token may be one of them.
pub(crate) fn may_have(filter: &[u8], hash: u64) -> bool {
    bits(hash, filter.len() as u64 * 8)
        .all(|bit| filter.get((bit / 8) as usize).is_some_and(|byte| byte & (1 << (bit % 8)) != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_it_is_found_and_hardly_anything_else() {
        let token = |n: u32| hash(&[n.to_string().as_bytes()]);
        let mut hashes: Vec<u64> = (0..5000).map(token).collect();
        let mut found = Vec::new();
        filter(&mut hashes, &mut found);
        assert_eq!(found.len(), 10_000);
        assert!((0..5000).all(|n| may_have(&found, token(n))));
        let wrong = (5000..105_000).filter(|&n| may_have(&found, token(n))).count();
        assert!(wrong < 200, "{wrong} of 100000");
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_ne!(hash(&[b"a\0"]), hash(&[b"a"]));
    }
}
