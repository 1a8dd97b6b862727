//! What is true of every request, whatever it asks, and what a server on the open internet has to bear.

mod bodies;
mod crowds;
mod methods;
mod origins;
mod slow;
