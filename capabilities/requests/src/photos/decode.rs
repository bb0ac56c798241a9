//! The child's side: one picture in on standard input, one small frame out on standard output.
//!
//! Decoders meet bytes from strangers here, with little memory, little time and nothing else in
//! reach. What goes out is encoded anew, so nothing of the file but its pixels survives.

use std::io::{Cursor, Read, Write};
use std::process::ExitCode;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use super::frame::{Broken, Drawn};
use super::whole::is_whole;
use super::{FILE_MAX, MEGAPIXELS_MAX};

/// Address space of the child: the largest picture decoded, turned and scaled at once.
const MEMORY_MAX: u64 = 512 * 1024 * 1024;
/// Seconds of processor time; the parent's clock on the wall is the same.
const SECONDS_MAX: u64 = 5;
/// What one decoder may ask for: twenty megapixels of eight bytes and its own tables.
const DECODER_MEMORY_MAX: u64 = 256 * 1024 * 1024;
/// Longest side of a picture: it fills a screen and prints on half a page.
const PICTURE_SIDE: u32 = 2_048;
/// Longest side of a thumbnail.
const THUMBNAIL_SIDE: u32 = 320;
/// JPEG quality: a crack in a wall is still seen, a page of nine photos still loads.
const QUALITY: u8 = 82;

/// The main of the child process. Never returns what it was given, only pixels.
pub fn worker_main() -> ExitCode {
    if limit().is_err() {
        return ExitCode::FAILURE;
    }
    let mut file = Vec::new();
    // One byte more than may be, to tell a file of the very size from a larger one.
    let read = std::io::stdin().lock().take(FILE_MAX as u64 + 1).read_to_end(&mut file);
    let frame = match read {
        Ok(_) if file.len() <= FILE_MAX => draw(&file),
        Ok(_) | Err(_) => Err(Broken::Unreadable),
    };
    let frame = super::frame::write(&frame);
    match std::io::stdout().lock().write_all(&frame) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn limit() -> std::io::Result<()> {
    use rlimit::Resource;
    Resource::AS.set(MEMORY_MAX, MEMORY_MAX)?;
    Resource::CPU.set(SECONDS_MAX, SECONDS_MAX)?;
    // A crash leaves no picture of somebody's home on the disk.
    Resource::CORE.set(0, 0)
}

fn draw(file: &[u8]) -> Result<Drawn, Broken> {
    let picture = flat(&decode(file)?);
    let picture = shrink(picture, PICTURE_SIDE);
    let thumbnail = shrink(picture.clone(), THUMBNAIL_SIDE);
    Ok(Drawn {
        width: picture.width(),
        height: picture.height(),
        picture: encode(&picture)?,
        thumbnail: encode(&thumbnail)?,
    })
}

/// The picture as it was meant to be seen: turned as its camera was held.
fn decode(file: &[u8]) -> Result<DynamicImage, Broken> {
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .map_err(|_| Broken::Unreadable)?;
    let format = match reader.format() {
        Some(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => format,
        Some(_) | None => return Err(Broken::Unsupported),
    };
    if !is_whole(file, format) {
        return Err(Broken::Unreadable);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_MEMORY_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Broken::Unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MEGAPIXELS_MAX * 1_000_000 {
        return Err(Broken::TooManyPixels);
    }
    let orientation = decoder.orientation().map_err(|_| Broken::Unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Broken::Unreadable)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// On white paper, in eight bits: what shows through is white, not black.
fn flat(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let alpha = u16::from(alpha);
        let over = |colour: u8| {
            let mixed = (u16::from(colour) * alpha + 255 * (255 - alpha)) / 255;
            // A mean of two bytes is a byte.
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        image::Rgb([over(red), over(green), over(blue)])
    })
}

/// The same picture with no side longer than `side`.
fn shrink(picture: RgbImage, side: u32) -> RgbImage {
    let longest = picture.width().max(picture.height());
    if longest <= side {
        return picture;
    }
    DynamicImage::ImageRgb8(picture).resize(side, side, FilterType::Triangle).into_rgb8()
}

fn encode(picture: &RgbImage) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    picture.write_with_encoder(encoder).map_err(|_| Broken::Unreadable)?;
    Ok(bytes)
}
