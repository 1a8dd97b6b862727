//! What the cluster tests stand on: faults, load, and the books that are kept about it.
//!
//! ```text
//! let mut cluster = Cluster::start().await;
//! let load = Load::start(&cluster).await;
//! cluster.redis.kill9().await;
//! load.goes_on().await;
//! cluster.redis.restart().await;
//! load.settle(&cluster).await;      // the checker finds nothing
//! ```
//!
//! `make soak` runs the same with more people, for longer (`HUBBUB_SOAK=1`); `HUBBUB_SEED` repeats a run.

mod bus_faults;
mod checker;
mod checker_tests;
mod cluster;
mod eventually;
mod history;
mod load;
mod online;
mod proxy;
mod reader;
mod report;
mod resp;
mod size;
mod unread;
mod writer;

pub use bus_faults::Rates;
pub use cluster::Cluster;
pub use eventually::eventually;
pub use load::Load;
pub use online::Online;
pub use proxy::Wire;
pub use size::short_or_long;
