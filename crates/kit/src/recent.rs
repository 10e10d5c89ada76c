//! What was looked up a moment ago.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::Arc,
};

use parking_lot::Mutex;

use crate::Timestamp;

/// Values kept at most; then all are forgotten.
const MOST: usize = 100_000;

/// Values by key, each good for `FRESH` milliseconds after it was looked up; cheap to clone.
///
/// Of many who find a value old, the first is sent to look again and the others go on with what is known: on a busy server
/// all of them would else ask the database at once. So a value may be served longer than `FRESH`, until the one who looks
/// has [kept](Recent::keep) what was found; never longer than twice that, also where whoever looks fails or goes away.
#[derive(Debug, Clone)]
pub struct Recent<K, V, const FRESH: i64>(Arc<Mutex<HashMap<K, Kept<V>>>>);

#[derive(Debug, Clone)]
struct Kept<V> {
    value: V,
    /// When it was looked up.
    found: Timestamp,
    /// When somebody was last sent to look it up.
    asked: Timestamp,
}

impl<K, V, const FRESH: i64> Default for Recent<K, V, FRESH> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Clone, V: Clone, const FRESH: i64> Recent<K, V, FRESH> {
    /// The value, unless the caller must look it up.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        fresh(&mut self.0.lock(), key, now, FRESH)
    }

    /// The values of these keys, and the keys that the caller must look up.
    pub fn split<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a K>,
        now: Timestamp,
    ) -> (HashMap<K, V>, HashSet<K>)
    where
        K: 'a,
    {
        let mut kept = self.0.lock();
        let (mut found, mut wanted) = (HashMap::new(), HashSet::new());
        for key in keys {
            match fresh(&mut kept, key, now, FRESH) {
                Some(value) => {
                    found.insert(key.clone(), value);
                }
                None => {
                    wanted.insert(key.clone());
                }
            }
        }
        (found, wanted)
    }

    /// Keeps what was found of the keys that were looked up; what was not found is forgotten.
    pub fn keep<'a>(
        &self,
        wanted: impl IntoIterator<Item = &'a K>,
        found: impl IntoIterator<Item = (K, V)>,
        now: Timestamp,
    ) where
        K: 'a,
    {
        let mut kept = self.0.lock();
        for key in wanted {
            kept.remove(key);
        }
        for (key, value) in found {
            if kept.len() >= MOST {
                kept.clear();
            }
            let one = Kept {
                value,
                found: now,
                asked: now,
            };
            kept.insert(key, one);
        }
    }

    /// Keeps one value.
    pub fn put(&self, key: K, value: V, now: Timestamp) {
        self.keep([], [(key, value)], now);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.lock().clear();
    }
}

fn fresh<K: Eq + Hash, V: Clone>(
    kept: &mut HashMap<K, Kept<V>>,
    key: &K,
    now: Timestamp,
    span: i64,
) -> Option<V> {
    let one = kept.get_mut(key)?;
    if now.since(one.found).abs() < 2 * span && now.since(one.asked).abs() < span {
        return Some(one.value.clone());
    }
    one.asked = now;
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn the_first_to_find_a_value_old_looks_again() {
        let recent: Recent<&str, u8, 1_000> = Recent::default();
        assert_eq!(recent.get(&"gate", at(0)), None);
        recent.put("gate", 1, at(0));
        assert_eq!(recent.get(&"gate", at(999)), Some(1));
        assert_eq!(recent.get(&"gate", at(1_000)), None, "this one looks");
        assert_eq!(recent.get(&"gate", at(1_000)), Some(1), "the others go on");
        assert_eq!(recent.get(&"gate", at(1_999)), Some(1));
        assert_eq!(
            recent.get(&"gate", at(2_000)),
            None,
            "who looked has not come back"
        );
        assert_eq!(
            recent.get(&"gate", at(2_001)),
            None,
            "nobody goes on with it any more"
        );
        recent.put("gate", 2, at(1_001));
        assert_eq!(recent.get(&"gate", at(1_500)), Some(2));
        assert_eq!(recent.get(&"gate", at(-1_500)), None, "a clock that was put back");
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let recent: Recent<u8, u8, 1_000> = Recent::default();
        let (found, wanted) = recent.split(&[1, 2, 3], at(0));
        assert_eq!(
            (found, wanted.clone()),
            (HashMap::new(), HashSet::from([1, 2, 3]))
        );
        recent.keep(&wanted, [(1, 10), (2, 20)], at(0));
        let (found, wanted) = recent.split(&[1, 2, 3], at(500));
        assert_eq!(
            (found, wanted),
            (HashMap::from([(1, 10), (2, 20)]), HashSet::from([3]))
        );
        let (_, wanted) = recent.split(&[1, 2], at(2_000));
        recent.keep(&wanted, [(1, 11)], at(2_000));
        assert_eq!(
            recent.split(&[1, 2], at(2_001)),
            (HashMap::from([(1, 11)]), HashSet::from([2]))
        );
        recent.clear();
        assert_eq!(recent.get(&1, at(2_001)), None);
    }
}
