//! Whether a picture's file goes on to its end. Decoders fill what is missing with grey, and half
//! a crack in a wall is no evidence; so a file that was cut off on its way is refused.

use image::ImageFormat;

/// The last marker of a JPEG (ITU-T T.81, table B.1).
const END_OF_IMAGE: u8 = 0xD9;

/// Whether nothing is missing at the end. What stands behind the end does not matter: cameras
/// put films and maps there.
pub(super) fn is_whole(file: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Jpeg => jpeg_ends(file),
        ImageFormat::WebP => riff_ends(file),
        ImageFormat::Png => png_ends(file),
        // No other kind is decoded here.
        _ => false,
    }
}

/// Walks from segment to segment: a thumbnail inside one has an end of its own.
fn jpeg_ends(file: &[u8]) -> bool {
    // Behind the two bytes of the start.
    let mut rest = file.get(2..).unwrap_or_default();
    while let Some((marker, behind)) = next_marker(rest) {
        if marker == END_OF_IMAGE {
            return true;
        }
        let Some(segment) = behind.get(segment_length(marker, behind)..) else { return false };
        rest = segment;
    }
    false
}

/// The next marker, past entropy-coded data, in which a zero follows every byte of ones that is
/// none, and past fill bytes.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let at = bytes.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF))?;
    Some((bytes[at + 1], &bytes[at + 2..]))
}

/// How much belongs to the marker; restarts and the like stand alone.
fn segment_length(marker: u8, behind: &[u8]) -> usize {
    let stands_alone = matches!(marker, 0x01 | 0xD0..=0xD8);
    match behind {
        _ if stands_alone => 0,
        [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
        // Cut off within the length itself.
        [] | [_] => usize::MAX,
    }
}

/// Walks from chunk to chunk: length, name, content, check.
fn png_ends(file: &[u8]) -> bool {
    // Behind the eight bytes of the signature.
    let mut rest = file.get(8..).unwrap_or_default();
    while let Some([a, b, c, d, name @ ..]) = rest.get(..8) {
        let length = u32::from_be_bytes([*a, *b, *c, *d]);
        let whole = usize::try_from(length).map_or(usize::MAX, |length| length.saturating_add(12));
        let Some(behind) = rest.get(whole..) else { return false };
        if name == b"IEND" {
            return true;
        }
        rest = behind;
    }
    false
}

/// The head of a RIFF file says how long it is.
fn riff_ends(file: &[u8]) -> bool {
    let Some([a, b, c, d]) = file.get(4..8) else { return false };
    let said = u32::from_le_bytes([*a, *b, *c, *d]);
    usize::try_from(said).is_ok_and(|said| file.len() >= said.saturating_add(8))
}
