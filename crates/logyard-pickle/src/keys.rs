//! Equal keys of a dict, and equal items of a set, become one.
//!
//! CPython's picklers never write such, so this is mostly the proof that there are none: cheap for
//! the usual small dict, linear for any.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::arena::{Arena, Body, NIL, Node, Order};
use crate::error::Problem;
use crate::machine::Machine;
use crate::usual::USUAL_KEYS;

/// Keys that the small table has room for; a record has some 25.
const SMALL: usize = 64;
const SLOTS: usize = 2 * SMALL;

/// A key by what it is equal to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Str(&'a [u8]),
    Bytes(&'a [u8]),
    /// An int, a bool, or a float that is an int.
    Int(i64),
    BigInt(&'a [u8]),
    /// Any other float's bits.
    Float(u64),
    Constant(u8),
    /// What is equal only to itself: the kind and the index of its contents, or its own place.
    Only(u8, u32),
}

impl<'a> Key<'a> {
    /// The key of the item at `at`.
    #[inline(always)]
    fn of(arena: &'a Arena, pickle: &'a [u8], node: Node, at: u32) -> Self {
        match node {
            Node::Str(text) => Key::Str(arena.bytes(pickle, text)),
            Node::Int(int) => Key::Int(int),
            Node::Bool(truth) => Key::Int(i64::from(truth)),
            Node::Bytes(text) | Node::ByteArray(text) => Key::Bytes(arena.bytes(pickle, text)),
            Node::BigInt(text) => Key::BigInt(arena.bytes(pickle, text)),
            Node::Float(float) if float as i64 as f64 == float => Key::Int(float as i64),
            Node::Float(float) if float.is_nan() => Key::Only(0, at),
            Node::Float(float) => Key::Float(float.to_bits()),
            Node::Complex(_) => Key::Only(0, at),
            Node::None | Node::Absent => Key::Constant(0),
            Node::Ellipsis => Key::Constant(1),
            Node::NotImplemented => Key::Constant(2),
            Node::Tuple(body)
            | Node::List(body)
            | Node::Set(body)
            | Node::FrozenSet(body)
            | Node::Dict(body) => Key::Only(1, body),
            Node::Class(class) => Key::Only(2, class),
            Node::Object(object) => Key::Only(3, object),
        }
    }

    /// Bytes that comparing or hashing it looks at, in the budget's unit.
    fn cost(self) -> u32 {
        match self {
            Key::Str(text) | Key::Bytes(text) | Key::BigInt(text) => (text.len() / 64) as u32,
            _ => 0,
        }
    }

    /// A slot of the small table: a rough hash of what tells a record's keys apart.
    #[inline(always)]
    fn slot(self) -> usize {
        let mix = match self {
            Key::Str(text) | Key::Bytes(text) | Key::BigInt(text) => {
                let ends = if let (Some(first), Some(last)) =
                    (text.first_chunk::<8>(), text.last_chunk::<8>())
                {
                    u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29)
                } else if let (Some(first), Some(last)) =
                    (text.first_chunk::<4>(), text.last_chunk::<4>())
                {
                    u64::from(u32::from_le_bytes(*first)) << 32
                        | u64::from(u32::from_le_bytes(*last))
                } else {
                    text.iter().fold(0, |mix, byte| mix << 8 | u64::from(*byte))
                };
                ends ^ (text.len() as u64) << 56
            }
            Key::Int(int) => int as u64,
            Key::Float(bits) => bits,
            Key::Constant(which) => u64::from(which),
            Key::Only(kind, index) => u64::from(kind) << 32 | u64::from(index),
        };
        (mix.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57) as usize % SLOTS
    }
}

/// Makes one of equal keys in every dict and set of the machine.
pub(crate) fn merge(machine: &mut Machine, pickle: &[u8], budget: &mut u32) -> Result<(), Problem> {
    let Machine { arena, usual, .. } = machine;
    for index in 0..arena.bodies.len() {
        let body = arena.bodies[index];
        let mut known = 0;
        if index == 0 && body.order == Order::Dict {
            known = usual.keys_of(arena.first_items(body));
            arena.usual = known as u32;
        }
        let step = match body.order {
            Order::Sequence => continue,
            Order::Set => 1,
            Order::Dict => 2,
        };
        if body.len as usize > step && !are_surely_unique(arena, pickle, body, step, known, budget)?
        {
            rebuild(arena, pickle, index as u32, step, budget)?;
        }
    }
    Ok(())
}

/// Whether all keys differ; `false` also where the small table can't tell. The first `known` ones are
/// usual ones, which do.
fn are_surely_unique(
    arena: &Arena,
    pickle: &[u8],
    body: Body,
    step: usize,
    known: usize,
    budget: &mut u32,
) -> Result<bool, Problem> {
    let items = arena.first_items(body);
    if items.len() != body.len as usize || items.len() > SMALL * step {
        return Ok(false);
    }
    let Some(items) = items.get(known * step..).filter(|rest| !rest.is_empty()) else {
        return Ok(true);
    };
    // an item's number plus one; 0 is free
    let mut slots = [0u8; SLOTS];
    for (number, pair) in items.chunks_exact(step).enumerate() {
        let key = Key::of(arena, pickle, pair[0], number as u32);
        if let Key::Str(text) = key
            && USUAL_KEYS.iter().take(known).any(|usual| usual.as_bytes() == text)
        {
            return Ok(false);
        }
        let mut slot = key.slot();
        while slots[slot] != 0 {
            let other = usize::from(slots[slot] - 1);
            spend(budget, key.cost())?;
            if Key::of(arena, pickle, items[other * step], other as u32) == key {
                return Ok(false);
            }
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = number as u8 + 1;
    }
    Ok(true)
}

fn spend(budget: &mut u32, count: u32) -> Result<(), Problem> {
    *budget = budget.checked_sub(count).ok_or(Problem::Nodes)?;
    Ok(())
}

/// Puts the items together anew: the first of equal keys stays, with the last value.
fn rebuild(
    arena: &mut Arena,
    pickle: &[u8],
    index: u32,
    step: usize,
    budget: &mut u32,
) -> Result<(), Problem> {
    let body = arena.bodies[index as usize];
    let mut kept: Vec<Node> = Vec::with_capacity(body.len as usize);
    let mut seen: HashMap<Key, u32> = HashMap::with_capacity(body.len as usize / step);
    let mut next = body.head;
    while let Some(run) = arena.runs.get(next as usize).copied() {
        let items = arena.items.get(run.start as usize..(run.start + run.len) as usize);
        for pair in items.unwrap_or_default().chunks_exact(step) {
            let key = Key::of(arena, pickle, pair[0], kept.len() as u32);
            spend(budget, key.cost())?;
            match seen.entry(key) {
                Entry::Vacant(vacant) => {
                    vacant.insert(kept.len() as u32);
                    kept.extend_from_slice(pair);
                }
                Entry::Occupied(first) => {
                    let at = *first.get() as usize + 1..*first.get() as usize + step;
                    kept[at].copy_from_slice(&pair[1..]);
                }
            }
        }
        next = run.next;
    }
    drop(seen);
    if kept.len() < body.len as usize {
        spend(budget, kept.len() as u32)?;
        arena.bodies[index as usize] = Body { head: NIL, tail: NIL, len: 0, order: body.order };
        arena.extend(index, &kept);
    }
    Ok(())
}
