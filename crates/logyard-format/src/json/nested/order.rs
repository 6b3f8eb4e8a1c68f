//! `sort_keys` of `json.dumps`.

use super::{Children, Content, Id, Nested};

impl Nested<'_> {
    /// Brings the items of a dict, and those of the dicts in it, in the order of their keys.
    pub(crate) fn sort(&mut self, dict: Id) {
        let mut ids = std::mem::take(&mut self.ids);
        ids.clear();
        ids.push((dict, 0));
        while let Some((id, _)) = ids.pop() {
            let Content::Dict(children) = self.content(id) else { continue };
            let start = ids.len();
            let mut next = self.child(id, None);
            while let Some(child) = next {
                ids.push((child, 0));
                next = self.child(id, Some(child));
            }
            let items = ids.get_mut(start..).unwrap_or_default();
            items.sort_unstable_by(|(a, _), (b, _)| self.key(*a).cmp(self.key(*b)));
            for pair in items.windows(2) {
                if let [(a, _), (b, _)] = pair
                    && let Some(node) = self.nodes.get_mut(*a as usize)
                {
                    node.next = Some(*b);
                }
            }
            let (first, last) = (items.first().map(|item| item.0), items.last().map(|item| item.0));
            if let Some(node) = last.and_then(|last| self.nodes.get_mut(last as usize)) {
                node.next = None;
            }
            let count = items.len() as u32;
            self.set_content(id, Content::Dict(Children { first, last, count, ..children }));
        }
        self.ids = ids;
    }
}
