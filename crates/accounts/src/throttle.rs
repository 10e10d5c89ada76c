//! Limits on guessing passwords: a few free tries, then waits that grow to a quarter of an hour.
//!
//! Kept in memory, per server. A try is counted before the password is looked at, so that many
//! tries sent at once are not free.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use kit::Timestamp;
use parking_lot::Mutex;

/// Tries at one account before the first wait.
const FREE: u32 = 5;
/// Tries from one address before the first wait; a whole office may share one.
const FREE_ADDRESS: u32 = 30;
/// The first wait, in seconds; each further one is twice as long.
const FIRST_WAIT: i64 = 15;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 15 * 60;
/// After this many milliseconds without a try, an account or address starts anew.
const FORGOTTEN: i64 = 60 * 60 * 1000;
/// Accounts and addresses remembered at most.
const KEPT: usize = 100_000;

/// Whose tries are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// An account: a user's id, or the name that was typed when there is no such user.
    Account(String),
    /// A network address.
    Address(String),
}

impl Key {
    /// A network address. Of an IPv6 address the network counts (its first 64 bits), since whoever has
    /// one address there has them all. An unknown address (none) counts as one.
    pub fn address(text: &str) -> Self {
        match text.parse() {
            Ok(IpAddr::V6(ip)) => {
                let network = u128::from(ip) >> 64 << 64;
                Self::Address(Ipv6Addr::from(network).to_string())
            }
            _ => Self::Address(text.to_owned()),
        }
    }

    const fn free(&self) -> u32 {
        match self {
            Self::Account(_) => FREE,
            Self::Address(_) => FREE_ADDRESS,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    last: Timestamp,
}

impl Tries {
    /// Seconds until the next try.
    fn wait(self, free: u32, now: Timestamp) -> i64 {
        if self.count < free {
            return 0;
        }
        let doubled = FIRST_WAIT << (self.count - free).min(10);
        // A clock that was set back must not lock anybody out for longer than the wait itself.
        let passed = now.since(self.last).max(0);
        (doubled.min(LONGEST_WAIT) * 1000 - passed + 999).max(0) / 1000
    }

    fn forgotten(self, now: Timestamp) -> bool {
        now.since(self.last) >= FORGOTTEN
    }
}

/// Counts tries. Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Throttle(Arc<Mutex<HashMap<Key, Tries>>>);

impl Throttle {
    /// Counts a try for all keys, or says how many seconds to wait and counts nothing.
    pub fn attempt(&self, now: Timestamp, keys: &[Key]) -> Result<(), u32> {
        let mut kept = self.0.lock();
        let wait = keys
            .iter()
            .filter_map(|key| kept.get(key).map(|tries| tries.wait(key.free(), now)))
            .max()
            .unwrap_or(0);
        if wait > 0 {
            return Err(u32::try_from(wait).unwrap_or(u32::MAX));
        }
        if kept.len() >= KEPT {
            make_room(&mut kept, now);
        }
        for key in keys {
            let tries = kept.entry(key.clone()).or_insert(Tries { count: 0, last: now });
            if tries.forgotten(now) {
                tries.count = 0;
            }
            tries.count = tries.count.saturating_add(1);
            tries.last = now;
        }
        Ok(())
    }

    /// The try was right: the account starts anew, and the address gets its try back. It does not start
    /// anew, else somebody with one account could guess at all others without end.
    pub fn success(&self, keys: &[Key]) {
        let mut kept = self.0.lock();
        for key in keys {
            match key {
                Key::Account(_) => {
                    kept.remove(key);
                }
                Key::Address(_) => {
                    if let Some(tries) = kept.get_mut(key) {
                        tries.count = tries.count.saturating_sub(1);
                    }
                }
            }
        }
    }
}

/// Drops what is forgotten; if that is not enough, those with the fewest tries.
fn make_room(kept: &mut HashMap<Key, Tries>, now: Timestamp) {
    kept.retain(|_, tries| !tries.forgotten(now));
    let mut least = 1;
    while kept.len() >= KEPT && least < u32::MAX {
        kept.retain(|_, tries| tries.count > least);
        least = least.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kit::{Clock, FixedClock};

    use super::*;

    fn keys(account: &str, address: &str) -> [Key; 2] {
        [Key::Account(account.into()), Key::address(address)]
    }

    #[test]
    fn five_tries_are_free_then_waits_grow_to_a_quarter_of_an_hour() {
        let clock = FixedClock::at(Timestamp::from_millis(1_000_000));
        let throttle = Throttle::default();
        let wang = keys("wang", "10.0.0.1");
        for _ in 0..5 {
            assert_eq!(throttle.attempt(clock.now(), &wang), Ok(()));
        }
        for wait in [15, 30, 60, 120, 240, 480, 900, 900] {
            assert_eq!(throttle.attempt(clock.now(), &wang), Err(wait));
            clock.set(clock.now() + Duration::from_secs(u64::from(wait) - 1));
            assert_eq!(throttle.attempt(clock.now(), &wang), Err(1));
            clock.set(clock.now() + Duration::from_secs(1));
            assert_eq!(throttle.attempt(clock.now(), &wang), Ok(()));
        }
        assert_eq!(throttle.attempt(clock.now(), &keys("li", "10.0.0.1")), Ok(()));
        clock.set(clock.now() + Duration::from_hours(1));
        for _ in 0..5 {
            assert_eq!(throttle.attempt(clock.now(), &wang), Ok(()));
        }
    }

    #[test]
    fn success_clears_the_account_but_not_the_address() {
        let now = Timestamp::from_millis(1_000_000);
        let throttle = Throttle::default();
        let own = keys("own", "10.0.0.1");
        for victim in 0..29 {
            assert_eq!(
                throttle.attempt(now, &keys(&format!("v{victim}"), "10.0.0.1")),
                Ok(())
            );
            assert_eq!(throttle.attempt(now, &own), Ok(()));
            throttle.success(&own);
        }
        assert_eq!(throttle.attempt(now, &keys("v29", "10.0.0.1")), Ok(()));
        assert_eq!(throttle.attempt(now, &keys("v30", "10.0.0.1")), Err(15));
        assert_eq!(throttle.attempt(now, &keys("v30", "10.0.0.2")), Ok(()));
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        assert_eq!(Key::address("2001:db8::1"), Key::address("2001:db8::ffff:1"));
        assert_ne!(Key::address("2001:db8::1"), Key::address("2001:db8:0:1::1"));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let throttle = Throttle::default();
        let wang = keys("wang", "10.0.0.1");
        for _ in 0..5 {
            assert_eq!(throttle.attempt(Timestamp::from_millis(9_000_000), &wang), Ok(()));
        }
        assert_eq!(throttle.attempt(Timestamp::from_millis(1_000), &wang), Err(15));
    }
}
