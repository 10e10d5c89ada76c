//! Passes: issued, signed, printed; withdrawn, replaced, collected again.

pub mod change;
pub mod code;
pub mod held;
pub mod issue;
pub mod keys;
pub mod number;
pub mod print;
