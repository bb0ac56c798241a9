//! The register brought in from a table and taken out as one, at the command line.

use serde_json::{Value as Json, json};

use super::{Ended, Place};

const HEADING: &str = "小区,楼栋,单元,房号,姓名,性别,出生日期,联系电话";

fn table(place: &Place, rows: &[&str]) -> String {
    let file = place.file("居民.csv");
    std::fs::write(&file, [&[HEADING][..], rows].concat().join("\r\n")).expect("written");
    file
}

fn answer(ended: &Ended) -> Json {
    serde_json::from_str(&ended.said).unwrap_or_else(|error| panic!("{error}: {}", ended.said))
}

fn counts(ended: &Ended) -> (Json, Json, Json) {
    let answer = answer(ended);
    (answer["add"].clone(), answer["change"].clone(), answer["leave"].clone())
}

#[test]
fn a_table_is_previewed_brought_in_and_left_when_it_comes_again() {
    let place = Place::founded();
    let rows = [
        "化肥厂小区,3栋,2单元,401,夏𠮷生,男,1950-02-03,13800000000",
        "化肥厂小区,3栋,2单元,402,曾娭毑,,,",
    ];
    let file = table(&place, &rows);
    let preview = place.run(&["register", "import", &file, "--preview"]).expect(0);
    assert_eq!(counts(&preview), (json!(2), json!(0), json!(0)));
    let done = place.run(&["register", "import", &file]).expect(0);
    assert_eq!(counts(&done), (json!(2), json!(0), json!(0)));
    assert_eq!(answer(&done)["problems"], json!([]));
    let again = place.run(&["register", "import", &file]).expect(0);
    assert_eq!(counts(&again), (json!(0), json!(0), json!(2)));

    let file = table(&place, &["化肥厂小区,3栋,2单元,402,曾娭毑,,1951-01-02,"]);
    let preview = place.run(&["register", "import", &file, "--preview"]).expect(0);
    let change = &answer(&preview)["changes"][0];
    assert_eq!((&change["old"], &change["new"]), (&json!(""), &json!("1951-01-02")));
    let done = place.run(&["register", "import", &file]).expect(0);
    assert_eq!(counts(&done), (json!(0), json!(1), json!(0)));
    // What was done here is in the journal.
    drop(place.serve().stop());
    place.run(&["journal", "verify"]).expect(0);
}

#[test]
fn a_problem_is_named_by_its_place_and_nothing_is_written() {
    let place = Place::founded();
    let rows = ["化肥厂小区,3栋,2单元,401,夏𠮷生,男,1950-02-31,", "化肥厂小区,3栋,,402,曾娭毑,,,"];
    let file = table(&place, &rows);
    let ended = place.run(&["register", "import", &file]).expect(2);
    let problem = &answer(&ended)["problems"][0];
    assert_eq!((&problem["row"], &problem["column"]), (&json!(2), &json!("G")));
    assert_eq!(problem["message"], "出生日期：看不懂这个日期。请写成 1950-02-03 这样");
    let ended = place.run(&["register", "import", &file, "--lang", "en"]).expect(2);
    let problem = answer(&ended)["problems"][0]["message"].clone();
    assert!(problem.as_str().is_some_and(|it| it.starts_with("Date of birth")), "{problem}");
    let out = place.file("out.csv");
    let ended = place.run(&["register", "export", "--out", &out]).expect(0);
    assert_eq!(answer(&ended), json!({"rows": 0}));
    let web = place.file("网页.xls");
    std::fs::write(&web, "<html><table>").expect("written");
    let ended = place.run(&["register", "import", &web]).expect(2);
    assert_eq!(answer(&ended)["add"], 0);
}

#[test]
fn the_export_is_a_table_for_its_owner_and_is_left_when_it_comes_in() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::founded();
    let file = table(&place, &["化肥厂小区,3栋,2单元,401,夏𠮷生,男,1950-02-03,+86 13800000000"]);
    place.run(&["register", "import", &file]).expect(0);
    for name in ["out.xlsx", "out.csv"] {
        let out = place.file(name);
        // Also where a file that others may read stood before.
        std::fs::write(&out, "").expect("written");
        let ended = place.run(&["register", "export", "--out", &out]).expect(0);
        assert_eq!(answer(&ended), json!({"rows": 1}));
        let mode = std::fs::metadata(&out).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = place.run(&["register", "import", &out]).expect(0);
        assert_eq!(counts(&again), (json!(0), json!(0), json!(1)), "{name}");
    }
    let ended = place.run(&["register", "export", "--out", &place.file("out.pdf")]).expect(1);
    assert!(ended.complained.contains(".xlsx or .csv"), "{}", ended.complained);
}

#[test]
fn columns_and_compound_are_chosen_by_hand() {
    let place = Place::founded();
    let file = place.file("表.csv");
    std::fs::write(&file, "楼,房,谁,备注\n3栋,401,夏𠮷生,13800000000\n").expect("written");
    let command = ["register", "import", &file, "--compound", "化肥厂小区"];
    place.run(&command).expect(2);
    let chosen = ["楼=building", "房=room", "谁=name", "备注=phone"];
    let chosen: Vec<&str> = chosen.iter().flat_map(|one| ["--column", one]).collect();
    let done = place.run(&[&command[..], &chosen].concat()).expect(0);
    assert_eq!(counts(&done), (json!(1), json!(0), json!(0)));
    // They are remembered.
    let again = place.run(&command).expect(0);
    assert_eq!(counts(&again), (json!(0), json!(0), json!(1)));
    let ended = place.run(&[&command[..], &["--column", "谁=nobody"]].concat()).expect(1);
    assert!(ended.complained.contains("form_of_address"), "{}", ended.complained);
}

#[test]
fn without_a_community_or_a_file_it_says_so() {
    let place = Place::new();
    let ended = place.run(&["register", "import", &place.file("none.xlsx")]).expect(1);
    assert!(ended.complained.contains("no file"), "{}", ended.complained);
    let file = table(&place, &["化肥厂小区,3栋,,401,夏𠮷生,,,"]);
    let ended = place.run(&["register", "import", &file]).expect(1);
    assert!(ended.complained.contains("lianhu init"), "{}", ended.complained);
}
