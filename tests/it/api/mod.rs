//! REST: one file for each noun, as in `src/api`.

mod edge;
