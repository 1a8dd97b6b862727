//! Who is writing. One logic for every transport.

use super::Context;
use crate::event::ephemeral::Signal;
use crate::model::presence::Typing;

/// Ends typing, and tells so if there was any: by a stop, or by the typist's message.
pub fn end(ctx: &Context, typing: Typing) {
    if ctx.presence.stop_typing(&typing) {
        ctx.bus.signal(Signal::TypingStopped(typing));
    }
}
