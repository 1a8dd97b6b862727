//! Several instances on one PostgreSQL and one Redis, and what may break between them without costing anybody a message.

mod bus;
mod control;
mod instances;
mod kit;
mod postgres;
mod presence;
mod redis;
mod start;
mod storm;
