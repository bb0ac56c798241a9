//! What passes from the child to its parent: a verdict, or measures and two JPEG files.

/// Why a file is no photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// Not JPEG, PNG or WebP.
    Unsupported,
    TooManyPixels,
    /// Damaged, or made to do damage.
    Unreadable,
}

/// A photo, encoded anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    pub width: u32,
    pub height: u32,
    pub picture: Vec<u8>,
    pub thumbnail: Vec<u8>,
}

const DRAWN: u8 = 0;
const UNSUPPORTED: u8 = 1;
const TOO_MANY_PIXELS: u8 = 2;
const UNREADABLE: u8 = 3;

/// One byte of verdict; for a photo: width, height and the length of the picture in four bytes
/// each, little end first, then the picture, then the thumbnail.
pub(super) fn write(result: &Result<Drawn, Broken>) -> Vec<u8> {
    let drawn = match result {
        Ok(drawn) => drawn,
        Err(Broken::Unsupported) => return vec![UNSUPPORTED],
        Err(Broken::TooManyPixels) => return vec![TOO_MANY_PIXELS],
        Err(Broken::Unreadable) => return vec![UNREADABLE],
    };
    let Ok(length) = u32::try_from(drawn.picture.len()) else { return vec![UNREADABLE] };
    let mut frame = vec![DRAWN];
    for number in [drawn.width, drawn.height, length] {
        frame.extend(number.to_le_bytes());
    }
    frame.extend(&drawn.picture);
    frame.extend(&drawn.thumbnail);
    frame
}

/// Reads a frame; one that is cut short is [`Broken::Unreadable`], like the file behind it.
pub(super) fn read(frame: &[u8]) -> Result<Drawn, Broken> {
    let (verdict, rest) = frame.split_first().ok_or(Broken::Unreadable)?;
    match *verdict {
        DRAWN => {}
        UNSUPPORTED => return Err(Broken::Unsupported),
        TOO_MANY_PIXELS => return Err(Broken::TooManyPixels),
        _ => return Err(Broken::Unreadable),
    }
    let (width, rest) = number(rest).ok_or(Broken::Unreadable)?;
    let (height, rest) = number(rest).ok_or(Broken::Unreadable)?;
    let (length, rest) = number(rest).ok_or(Broken::Unreadable)?;
    let (picture, thumbnail) = rest.split_at_checked(length as usize).ok_or(Broken::Unreadable)?;
    if picture.is_empty() || thumbnail.is_empty() {
        return Err(Broken::Unreadable);
    }
    Ok(Drawn { width, height, picture: picture.to_vec(), thumbnail: thumbnail.to_vec() })
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> Drawn {
        Drawn { width: 640, height: 480, picture: vec![1, 2, 3], thumbnail: vec![4, 5] }
    }

    #[test]
    fn a_frame_is_read_back_as_it_was_written() {
        for result in [
            Ok(drawn()),
            Err(Broken::Unsupported),
            Err(Broken::TooManyPixels),
            Err(Broken::Unreadable),
        ] {
            assert_eq!(read(&write(&result)), result);
        }
    }

    #[test]
    fn a_frame_cut_short_is_no_photo() {
        let whole = write(&Ok(drawn()));
        for end in 0..whole.len() - 1 {
            assert_eq!(read(&whole[..end]), Err(Broken::Unreadable), "{end}");
        }
    }
}
