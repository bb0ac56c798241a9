//! Photos: decoded and encoded anew in a child process, bad ones refused, shown to those who may
//! read the request.

use std::io::Cursor;

use harness::Reply;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, RgbImage};
use requests::photos::{SUBCOMMAND, Worker};

use crate::world::{
    Who::{self, Clerk, OtherRep, Rep},
    World, household, steps, tell, text,
};
use serde_json::json;

/// The child is a program of its own here: a test has no subcommands.
fn with_worker() {
    let program = env!("CARGO_BIN_EXE_photo-worker").into();
    Worker { program, args: vec![SUBCOMMAND.into()] }.install();
}

const BOUNDARY: &str = "lianhu-test-boundary";

fn multipart(files: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for file in files {
        body.extend(format!("--{BOUNDARY}\r\n").bytes());
        body.extend(b"Content-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n");
        body.extend(b"Content-Type: application/octet-stream\r\n\r\n");
        body.extend(*file);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

async fn upload(world: &World, who: Who, path: &str, files: &[&[u8]]) -> Reply {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", kind.as_str())];
    let body = multipart(files).into();
    world.moment();
    world.rig.send(harness::request("POST", path, &who.token(), &headers, body)).await
}

fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 90]))
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG that says it was taken with the camera on its side, and where.
fn on_its_side() -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    let picture = picture(60, 40);
    encoder.write_image(picture.as_raw(), 60, 40, ExtendedColorType::Rgb8).unwrap();
    // One entry: orientation 6, turn a quarter to the right. And a secret behind it.
    let tiff =
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0HOME-IS-HERE";
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    let mut whole = bytes[..2].to_vec();
    whole.extend([0xFF, 0xE1, length[0], length[1]]);
    whole.extend(tiff);
    whole.extend(&bytes[2..]);
    whole
}

async fn photo_of(world: &World, who: Who, file: &[u8]) -> (String, String) {
    let request = world.file(Rep, json!({ "text": "墙裂了", "spot": household(0) })).await;
    let request = text(&request["id"]);
    let path = format!("/api/requests/{request}/photos");
    let added = upload(world, who, &path, &[file]).await.expect(201).json();
    (request, text(&added["photos"][0]))
}

#[test]
fn a_photo_is_turned_upright_and_loses_everything_but_its_pixels() {
    with_worker();
    tell(|world| async move {
        let file = on_its_side();
        assert!(file.windows(12).any(|bytes| bytes == b"HOME-IS-HERE"));
        let (request, photo) = photo_of(&world, Rep, &file).await;
        let path = format!("/api/requests/{request}/photos/{photo}");
        let shown = world.get(Rep, &path).await.expect(200);
        assert_eq!(shown.header("content-type"), "image/jpeg");
        assert_eq!(shown.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(shown.header("x-content-type-options"), "nosniff");
        assert_eq!(shown.header("cache-control"), "private, max-age=3600");
        let upright = image::load_from_memory(&shown.bytes).unwrap();
        assert_eq!((upright.width(), upright.height()), (40, 60));
        for trace in [&b"HOME"[..], b"Exif"] {
            assert!(!shown.bytes.windows(trace.len()).any(|bytes| bytes == trace));
        }
        let body = world.read(Clerk, &request).await;
        assert_eq!(
            (&body["photos"][0]["width"], &body["photos"][0]["height"]),
            (&json!(40), &json!(60))
        );
        assert_eq!(steps(&body), ["file", "add_photo"]);
    });
}

#[test]
fn a_photo_that_was_cut_off_is_refused() {
    with_worker();
    tell(|world| async move {
        let request = world.file(Rep, json!({ "text": "墙裂了", "spot": household(0) })).await;
        let path = format!("/api/requests/{}/photos", text(&request["id"]));
        let noise = RgbImage::from_fn(600, 400, |x, y| {
            let mixed = (x * 7919 + y * 104_729) ^ (x * y);
            image::Rgb([mixed as u8, (mixed >> 3) as u8, (mixed >> 5) as u8])
        });
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = encoded(&noise, format);
            for kept in [whole.len() / 50, whole.len() / 2, whole.len() - 3] {
                let reply = upload(&world, Rep, &path, &[&whole[..kept]]).await;
                let reply = reply.expect(422).json();
                assert_eq!(reply["errors"][0]["field"], "photos", "{format:?} {kept}");
            }
            let mut longer = whole;
            longer.extend(b"a film of some seconds");
            upload(&world, Rep, &path, &[&longer]).await.expect(201);
        }
    });
}

#[test]
fn large_photos_are_made_smaller_and_every_kind_becomes_jpeg() {
    with_worker();
    tell(|world| async move {
        let large = encoded(&picture(3_000, 1_500), ImageFormat::Png);
        let (request, photo) = photo_of(&world, Rep, &large).await;
        for (path, sides) in [("", (2_048, 1_024)), ("/thumbnail", (320, 160))] {
            let path = format!("/requests/{request}/photos/{photo}{path}");
            let shown = world.get(Clerk, &path).await.expect(200);
            assert_eq!(image::guess_format(&shown.bytes).unwrap(), ImageFormat::Jpeg);
            let small = image::load_from_memory(&shown.bytes).unwrap();
            assert_eq!((small.width(), small.height()), sides);
        }
        let webp = encoded(&picture(20, 10), ImageFormat::WebP);
        photo_of(&world, Rep, &webp).await;
    });
}

#[test]
fn bad_files_are_refused_with_their_reason() {
    with_worker();
    tell(|world| async move {
        let request = world.filed(Rep).await;
        let path = format!("/api/requests/{request}/photos");
        let mut torn = encoded(&picture(400, 300), ImageFormat::Jpeg);
        torn.truncate(200);
        let bomb = encoded(&RgbImage::new(5_000, 4_100), ImageFormat::Png);
        for (file, status, key) in [
            (b"<svg onload=alert(1)>".to_vec(), 415, "fault.photo_kind"),
            (b"GIF89a......".to_vec(), 415, "fault.photo_kind"),
            (torn, 422, "fault.photo_unreadable"),
            (bomb, 422, "fault.photo_too_many_pixels"),
            (b"\x89PNG\r\n\x1a\nnothing more".to_vec(), 422, "fault.photo_unreadable"),
            (vec![0xFF; requests::photos::FILE_MAX + 1], 422, "fault.photo_too_large"),
        ] {
            let problem = upload(&world, Rep, &path, &[&file]).await.expect(status).json();
            let said =
                problem["errors"][0]["key"].as_str().unwrap_or(problem["key"].as_str().unwrap());
            assert_eq!(said, key);
        }
        upload(&world, Rep, &path, &[]).await.expect(422);
        let photos = world.get(Rep, &path).await.expect(200).json();
        assert_eq!(photos["items"], json!([]));
    });
}

#[test]
fn a_photo_is_shown_to_who_may_read_its_request_and_to_nobody_else() {
    with_worker();
    tell(|world| async move {
        let file = encoded(&picture(30, 20), ImageFormat::Jpeg);
        let (request, photo) = photo_of(&world, Rep, &file).await;
        let path = format!("/api/requests/{request}/photos/{photo}");
        world.get(OtherRep, &path).await.expect(404);
        world.get(Who::Foreigner, &path).await.expect(404);
        world.rig.get("", &path).await.expect(401);
        let other = world.filed(OtherRep).await;
        let under_another = format!("/api/requests/{other}/photos/{photo}");
        world.get(OtherRep, &under_another).await.expect(404);
        upload(&world, OtherRep, &format!("/api/requests/{request}/photos"), &[&file])
            .await
            .expect(404);
        let slip = world.get(Rep, &format!("/api/requests/{request}/slip")).await.json();
        let by_code = format!("/q/{}/photos/{photo}/thumbnail", text(&slip["code"]));
        world.rig.get("", &by_code).await.expect(200);
    });
}

#[test]
fn the_same_form_sent_twice_adds_its_photos_once() {
    with_worker();
    tell(|world| async move {
        let request = world.filed(Rep).await;
        let path = format!("/api/requests/{request}/photos");
        let file = encoded(&picture(30, 20), ImageFormat::Jpeg);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let headers = [("content-type", kind.as_str()), ("idempotency-key", "k-1")];
        let mut answers = Vec::new();
        for _ in 0..2 {
            let body = multipart(&[&file, &file]).into();
            let sent = harness::request("POST", &path, &Rep.token(), &headers, body);
            answers.push(world.rig.send(sent).await.expect(201).json());
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0]["photos"].as_array().unwrap().len(), 2);
        let photos = world.get(Rep, &path).await.expect(200).json();
        assert_eq!(photos["items"].as_array().unwrap().len(), 2);
    });
}

/// A form as a page sends it: words, then files, then more words.
fn form_with(before: &[(&str, &str)], files: &[&[u8]], after: &[(&str, &str)]) -> Vec<u8> {
    let words = |fields: &[(&str, &str)]| -> Vec<u8> {
        let part = |(name, value): &(&str, &str)| {
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
        };
        fields.iter().map(part).collect::<String>().into_bytes()
    };
    let files = multipart(files);
    let end = format!("--{BOUNDARY}--\r\n");
    let files = &files[..files.len() - end.len()];
    [&words(before), files, &words(after), end.as_bytes()].concat()
}

async fn send_form(world: &World, who: &str, path: &str, body: Vec<u8>) -> Reply {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers =
        [("content-type", kind.as_str()), ("origin", "http://lianhu.test"), ("cookie", who)];
    world.moment();
    world.rig.send(harness::request("POST", path, "", &headers, body.into())).await
}

#[test]
fn a_file_too_large_leaves_every_word_of_its_form() {
    with_worker();
    tell(|world| async move {
        let large = vec![0xFF; requests::photos::FILE_MAX + 1];
        let before = [("text", "三楼的墙裂了")];
        let after = [("petitioner_name", "夏爹")];
        let body = form_with(&before, &[&large], &after);
        let page = send_form(&world, &Rep.cookie(), "/requests/new", body).await.expect(422).text();
        assert!(page.contains(">三楼的墙裂了</textarea>"), "{page}");
        assert!(page.contains("value=\"夏爹\""), "{page}");
        assert!(page.contains("每张最多 10 MB"), "{page}");

        // Nine that are ordinary one by one, and too much together.
        let part = vec![0xFF; requests::photos::FILE_MAX / 4];
        let body = form_with(&before, &[&part[..]; 9], &after);
        let page = send_form(&world, &Rep.cookie(), "/requests/new", body).await.expect(422).text();
        assert!(page.contains("加起来太大") && page.contains(">三楼的墙裂了</textarea>"), "{page}");
    });
}

#[test]
fn a_resident_is_told_on_their_own_page_what_is_wrong_with_a_file() {
    with_worker();
    tell(|world| async move {
        let filed = world.file(Rep, json!({ "text": "墙裂了" })).await;
        let path = format!("/q/{}/photos", text(&filed["query_code"]));
        let large = vec![0xFF; requests::photos::FILE_MAX + 1];
        for (files, told) in [
            (vec![&large[..]], "每张最多 10 MB"),
            (vec![&b""[..]], "选的文件是空的"),
            (vec![], "请先选一张照片"),
            (vec![&b"x"[..]; 10], "照片最多 9 张"),
        ] {
            let body = form_with(&[("_receipt", "r")], &files, &[]);
            let page = send_form(&world, "", &path, body).await.expect(422).text();
            assert!(page.contains(told) && page.contains("您反映的事"), "{told}: {page}");
        }
    });
}
