//! Pages of sampling: the plan, the tubes, the boxes, the results.

pub mod boxes;
pub mod call_up;
pub mod my_test;
pub mod plan;
pub mod results;
pub mod tube;
pub mod tubes;
