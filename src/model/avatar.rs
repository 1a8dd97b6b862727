//! The colour in which somebody is shown who has chosen none.

use crate::id::UserId;

/// The brightest that the colour may be for white letters to be read on it: a contrast of 4.5 (WCAG 2, relative luminance).
const MAX_LUMINANCE: f64 = 0.18;
/// How much darker it may be, so that people of about the same hue still differ.
const DEPTH: f64 = 0.09;
/// How grey it is.
const GREYNESS: f64 = 0.08;

/// A colour as `#rrggbb`. Its hue and depth come from the random end of the id, so people differ however close together they
/// registered, and everyone keeps theirs.
pub fn color_of(id: UserId) -> String {
    let [.., depth_byte, high, low] = *id.0.as_bytes();
    let hue = f64::from(u16::from_be_bytes([high, low])) / 65_536.0;
    let luminance = MAX_LUMINANCE - DEPTH * f64::from(depth_byte) / 255.0;
    let pure = [hue, hue - 1.0 / 3.0, hue - 2.0 / 3.0].map(|distance| {
        let from_peak = (distance - distance.round()).abs();
        (2.0 - 6.0 * from_peak).clamp(0.0, 1.0) * (1.0 - GREYNESS) + GREYNESS
    });
    let bright = 0.2126 * pure[0] + 0.7152 * pure[1] + 0.0722 * pure[2];
    let [red, green, blue] = pure.map(|part| to_byte((part * luminance / bright).min(1.0)));
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// From linear light to sRGB, rounded to the dark side.
fn to_byte(light: f64) -> u8 {
    let encoded = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (encoded * 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use uuid::Uuid;

    #[test]
    fn the_first_bits_of_an_id_do_not_matter_and_the_last_do() {
        let color = |bits: u128| color_of(UserId(Uuid::from_u128(bits)));
        assert_eq!(color(0), "#d34040");
        assert_eq!(color(7 << 96 | 0x5555), color(0x5555));
        let hues: HashSet<String> = (0..64).map(|hue| color(hue << 10)).collect();
        assert_eq!(hues.len(), 64);
    }
}
