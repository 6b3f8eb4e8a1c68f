//! Any bytes: an error or a value, all of which can be looked at, and which is the same in a
//! machine that has just decoded something else, and in one that takes no shortcut.
#![no_main]
use std::cell::RefCell;
use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use logyard_pickle::{Limits, Machine, Value};

/// What a walk saw: enough to tell two values apart.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    values: usize,
    text: usize,
}

/// Looks at everything that can be reached, and checks what is promised of it.
fn walk(root: Value) -> Seen {
    let mut seen = Seen::default();
    let mut ids = HashSet::new();
    let mut open = vec![root];
    while let Some(value) = open.pop() {
        seen.values += 1;
        match value {
            Value::Str(text) => {
                seen.text += text.len();
                // only surrogates may keep it from being UTF-8
                let plain: String = text
                    .utf8_chunks()
                    .map(|chunk| {
                        let odd = chunk.invalid();
                        assert!(odd.is_empty() || odd[0] == 0xed || (0x80..0xc0).contains(&odd[0]));
                        chunk.valid()
                    })
                    .collect();
                assert!(plain.len() <= text.len());
            }
            Value::Bytes(bytes) | Value::ByteArray(bytes) => seen.text += bytes.len(),
            Value::BigInt(bytes) => {
                assert!(bytes.len() > 8);
                seen.text += bytes.len();
            }
            Value::Class(class) => seen.text += class.module.len() + class.name.len(),
            Value::Tuple(seq) | Value::List(seq) | Value::Set(seq) | Value::FrozenSet(seq) => {
                if ids.insert(seq.id()) {
                    let before = open.len();
                    open.extend(seq.iter());
                    assert_eq!(open.len() - before, seq.len());
                }
            }
            Value::Dict(dict) => {
                if ids.insert(dict.id()) {
                    let before = open.len();
                    open.extend(dict.iter().flat_map(|(key, value)| [key, value]));
                    assert_eq!(open.len() - before, dict.len() * 2);
                }
            }
            Value::Object(object) => {
                if ids.insert(object.id()) {
                    assert_eq!(object.args().iter().count(), object.args_len());
                    assert!(object.arg(object.args_len()).is_none());
                    open.push(object.callable());
                    open.extend(object.args().iter());
                    open.extend(object.kwargs().map(Value::Dict));
                    open.extend(object.state());
                    open.extend(object.items());
                    open.extend(object.pairs().flat_map(|(key, value)| [key, value]));
                }
            }
            _ => {}
        }
    }
    seen
}

thread_local! {
    static USED: RefCell<Machine> = RefCell::new(Machine::new(Limits::default()));
}

fuzz_target!(|data: &[u8]| {
    let limits =
        Limits { nodes: 10_000, memo: 10_000, scratch_bytes: 100_000, ..Limits::default() };
    let fresh = Machine::new(limits.clone()).load(data).map(walk);
    assert_eq!(Machine::without_shortcut(limits).load(data).map(walk), fresh);
    USED.with_borrow_mut(|used| {
        if fresh.is_ok() {
            assert_eq!(used.load(data).map(walk), fresh);
        } else {
            // the larger limits may let it pass
            let _ = used.load(data).map(walk);
        }
    });
    if let Err(error) = fresh {
        assert!(error.offset <= data.len());
        assert!(!error.to_string().is_empty());
    }
});
