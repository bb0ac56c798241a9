//! Tables brought in: previewed, entered whole or not at all, taken back, and taken out again.

use std::sync::Arc;
use std::time::Duration;

use encoding_rs::GB18030;
use gate::{Credential, Receipt, Refusal};
use harness::{Rig, each_engine};
use kernel::Day;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use registry::PersonId;
use registry::import::{
    self, ExportRegister, Field, Given, ImportPreview, PreviewImport, RegisterImport,
    RegisterImported, UndoImport,
};
use serde_json::json;
use uuid::Uuid;

use crate::messy;
use crate::world::{CLERK, HEAD, MODULES, REP, by_token, community, household, id, settle, token};

fn given(bytes: &[u8]) -> Given {
    let book = paper::table::read(bytes).expect("a table");
    let choices = import::proposed(&book, &Default::default());
    import::prepare(&book, &choices, Day::of(2026, 11, 16).expect("a day"))
}

fn system() -> Credential {
    Credential::System(community())
}

async fn preview(rig: &Rig, given: &Arc<Given>) -> ImportPreview {
    let view = PreviewImport { given: given.clone() };
    rig.gate().look(system(), view).await.expect("a preview").body
}

async fn perform(rig: &Rig, given: Arc<Given>) -> Result<RegisterImported, Refusal> {
    let ImportPreview { add, change, .. } = preview(rig, &given).await;
    // What is settled with the story began at its first moment.
    rig.clock.advance(Duration::from_secs(60));
    let action = RegisterImport { file: "f".repeat(64), add, change, upload: None, given };
    rig.gate().perform(system(), Receipt(Uuid::new_v4()), action).await
}

async fn bring_in(rig: &Rig, bytes: &[u8]) -> RegisterImported {
    perform(rig, Arc::new(given(bytes))).await.expect("it is brought in")
}

pub fn csv(rows: &[&str]) -> Vec<u8> {
    let heading = "楼栋,单元,房号,姓名,称呼,性别,出生日期,电话,网格";
    [&[heading][..], rows].concat().join("\n").into_bytes()
}

pub async fn export(rig: &Rig) -> Vec<Vec<String>> {
    rig.gate().look(system(), ExportRegister {}).await.expect("a table").body.rows
}

/// Everybody as an exported row, without the heading.
pub async fn everybody(rig: &Rig) -> Vec<String> {
    let mut rows: Vec<String> = export(rig).await.iter().skip(1).map(|row| row.join("|")).collect();
    rows.sort();
    rows
}

fn keys(preview: &ImportPreview) -> Vec<(&'static str, Option<u32>, bool)> {
    preview.problems.iter().map(|it| (it.fault.key, it.row, it.blocks)).collect()
}

#[test]
fn a_messy_workbook_is_brought_in_whole() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let done = bring_in(&rig, &messy::workbook()).await;
        assert_eq!((done.add, done.change, done.leave), (8, 0, 0));
        let everybody = everybody(&rig).await;
        for row in [
            "化肥厂小区|5栋|1单元|101|第二网格|文大|||1961-05-07|13800001111",
            "化肥厂小区|5栋|1单元|101|第二网格|文二|||1961-05-07|138 0000 2222",
            "化肥厂小区|5栋|1单元|102|第二网格|文三|||1961-05-07|",
            "化肥厂小区|6栋|1单元|103|第二网格|武四𠮷||男|1961-05-07|",
        ] {
            let row = row.replace("1单元", "一单元").replace("|103|", "|103室|");
            assert!(everybody.contains(&row), "{row} in {everybody:#?}");
        }
        // The same table again changes nothing.
        let again = bring_in(&rig, &messy::workbook()).await;
        assert_eq!((again.add, again.change, again.leave), (0, 0, 8));
    });
}

#[test]
fn a_sheet_may_be_called_as_its_building_and_hide_people() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let given = Arc::new(given(&messy::sheet_of_a_building()));
        let preview = preview(&rig, &given).await;
        assert_eq!(keys(&preview), [("registry.import_rows_hidden", None, false)]);
        perform(&rig, given).await.unwrap();
        let row = "化肥厂小区|7栋||102||文二||||".to_owned();
        assert!(everybody(&rig).await.contains(&row));
    });
}

#[test]
fn n5_a_csv_of_gb18030_keeps_rare_characters() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let text = String::from_utf8(csv(&["3栋,2单元,401,䶮𠮷〇,,女,1950.2.3,,"])).unwrap();
        let (bytes, _, lost) = GB18030.encode(&text);
        assert!(!lost);
        assert_eq!(bring_in(&rig, &bytes).await.add, 1);
        let row = "化肥厂小区|3栋|2单元|401|第一网格|䶮𠮷〇||女|1950-02-03|";
        assert!(everybody(&rig).await.contains(&row.to_owned()));
    });
}

#[test]
fn what_differs_is_changed_and_what_is_empty_stays() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let table = csv(&[
            "3,2,401室,夏𠮷生,,男,1950-02-03,13900000000,",
            "3,2,402,夏𠮷生,,,,138-0000-0000,",
        ]);
        let given = Arc::new(given(&table));
        let preview = preview(&rig, &given).await;
        assert_eq!((preview.add, preview.change, preview.leave), (0, 1, 1));
        let shown: Vec<(&str, &str, &str)> =
            preview.changes.iter().map(|it| (it.field, it.old.as_str(), it.new.as_str())).collect();
        assert_eq!(shown, [("phone", "13800000000", "13900000000"), ("born_on", "", "1950-02-03")]);
        assert_eq!((preview.changes[0].row, preview.changes[0].column.as_deref()), (2, Some("H")));
        let done = perform(&rig, given).await.unwrap();
        let person = PersonId::from_uuid(id(0xF000));
        let found = rig.db.read(move |tx| {
            let people = registry::persons_of(tx, community(), household(0), kernel::Instant::MAX)?;
            Ok::<_, Refusal>((people, import::sources(tx, community(), person)?))
        });
        let (people, sources) = found.await.unwrap();
        assert_eq!(people[0].phone, "13900000000");
        // How neighbours call him was not in the table.
        assert_eq!(people[0].form_of_address, "夏爹");
        // Each field knows where it comes from.
        assert_eq!(sources[0].fields, ["phone", "born_on"]);
        assert_eq!((sources[0].sheet.as_str(), sources[0].line), ("", 2));
        assert_eq!(done.leave, 1);
    });
}

#[test]
fn every_problem_is_named_by_its_place_and_nothing_is_written() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let before = everybody(&rig).await;
        let table = csv(&[
            "3栋,2单元,501,甲,,男,1950-02-03,138,",
            "3栋,2单元,501,乙,,不详,1950-02-30,,",
            "3栋,,,丙,,,,,",
            "3栋,2单元,502,丁,,,,=1+1,",
            "3栋,2单元,503,戊,,,,1.38E+10,",
            "3栋,2单元,504,己,,,,13800000001,",
            "3栋,2单元,504,己,,,,13800000002,",
            "3栋,2单元,505,庚,,,,,第一网格",
            "3栋,2单元,505,辛,,,,,第二网格",
            "3栋,2单元,506,,,,,,",
        ]);
        let given = Arc::new(given(&table));
        let preview = preview(&rig, &given).await;
        assert!(preview.hindered);
        assert_eq!(
            keys(&preview),
            [
                ("registry.not_a_phone", Some(2), true),
                ("registry.import_sex", Some(3), true),
                ("fault.cell_not_a_day", Some(3), true),
                ("registry.import_no_door", Some(4), true),
                ("fault.cell_formula", Some(5), true),
                ("fault.cell_blurred", Some(6), true),
                ("registry.import_twin_differs", Some(8), true),
                ("registry.import_two_grids", Some(10), true),
                ("registry.import_nobody", Some(11), false),
            ]
        );
        let refused = perform(&rig, given).await.unwrap_err();
        assert!(matches!(refused, Refusal::Rule(fault) if fault.key == "registry.import_hindered"));
        assert_eq!(everybody(&rig).await, before);
    });
}

#[test]
fn headings_again_notes_and_what_nobody_knows_are_no_data() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let note = ["以上为二单元住户"; 9].join(",");
        let table = csv(&[
            "3栋,2单元,401,夏𠮷生,,未知,,,",
            // Every printed page begins with them.
            "楼栋,单元,房号,姓名,称呼,性别,出生日期,电话,网格",
            &note,
            ",,,,,,,,",
            "3栋,2单元,501,甲,,,,,",
        ]);
        let preview = preview(&rig, &Arc::new(given(&table))).await;
        // That nobody knows the sex is no news about somebody whose sex is known.
        assert_eq!((preview.add, preview.change, preview.leave), (1, 0, 1));
        assert_eq!(keys(&preview), []);
    });
}

#[test]
fn duplicates_are_found_in_the_table_and_against_the_register() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let table = csv(&[
            "3栋,2单元,501,甲,,,1950-02-03,,",
            "3栋,2单元,501,甲,,,1950-02-03,,",
            "3栋,2单元,502,甲,,,1950-02-03,,",
            // Lives behind four doors of the register already.
            "12栋,,102,夏𠮷生,,,,13800000000,",
        ]);
        let preview = preview(&rig, &Arc::new(given(&table))).await;
        assert_eq!((preview.add, preview.leave, preview.hindered), (3, 1, false));
        let expected = [
            ("registry.import_row_twice", Some(3), false),
            ("registry.import_person_twice", Some(4), false),
            ("registry.import_elsewhere", Some(5), false),
        ];
        assert_eq!(keys(&preview), expected);

        let number = messy::citizen_number("19500203", 100);
        let table = format!("楼栋,房号,姓名,身份证号\n3栋,601,乙,{number}\n3栋,602,丙,{number}\n");
        let preview = crate::imports::preview(&rig, &Arc::new(given(table.as_bytes()))).await;
        assert_eq!(keys(&preview), [("registry.import_number_twice", Some(3), true)]);
    });
}

#[test]
fn s7_a_citizen_number_is_compared_and_stays_out_of_the_database() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let number = messy::citizen_number("19500203", 101);
        let table = |birth: &str, sex: &str| {
            format!("楼栋,房号,姓名,身份证号,出生日期,性别\n3栋,601,乙,{number},{birth},{sex}\n")
        };
        let wrong = preview(&rig, &Arc::new(given(table("1950-02-04", "女").as_bytes()))).await;
        let expected = [
            ("registry.import_birth_differs", Some(2), true),
            ("registry.import_sex_differs", Some(2), true),
        ];
        assert_eq!(keys(&wrong), expected);
        bring_in(&rig, table("", "").as_bytes()).await;
        assert!(everybody(&rig).await.iter().any(|row| row.ends_with("乙||男|1950-02-03|")));
        let kept = rig.db.read(move |tx| {
            let found = gate::timeline(tx, community(), community().uuid())?;
            Ok::<_, Refusal>(format!("{found:?}"))
        });
        assert!(!kept.await.unwrap().contains(&number));
    });
}

#[test]
fn the_event_holds_counts_and_no_person() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let done = bring_in(&rig, &csv(&["3栋,2单元,501,甲乙丙,,,,13800000009,"])).await;
        let events = rig.db.read(move |tx| gate::timeline(tx, community(), done.import));
        let events = events.await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].action, "register.import");
        assert_eq!(
            events[0].detail,
            json!({"file": "f".repeat(64), "add": 1, "change": 0, "upload": null})
        );
        assert!(!format!("{:?}", events[0].outcome).contains("甲乙丙"));
    });
}

#[test]
fn an_import_is_taken_back_within_the_day() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let before = everybody(&rig).await;
        let table = csv(&[
            "3栋,2单元,401,夏𠮷生,夏老师,,1950-02-03,13900000000,第三网格",
            "9栋,1单元,101,甲,,,,,第三网格",
            "9栋,1单元,102,乙,,,,,",
        ]);
        let done = bring_in(&rig, &table).await;
        assert_eq!((done.add, done.change), (2, 1));
        assert_eq!(everybody(&rig).await.len(), before.len() + 2);
        rig.clock.advance(Duration::from_secs(3_600));
        let path = format!("/api/register/imports/{}/undoing", done.import);
        rig.post(&token(REP), &path, json!({})).await.expect(403);
        let undone = rig.post(&token(CLERK), &path, json!({})).await.expect(200).json();
        assert_eq!((&undone["removed"], &undone["restored"]), (&json!(2), &json!(1)));
        assert_eq!(everybody(&rig).await, before);
        let doors = rig.get(&token(CLERK), "/api/households").await.expect(200).json();
        assert_eq!(doors["households"].as_array().unwrap().len(), 5, "the new doors are gone");
        let heads = rig.get(&token(HEAD), "/api/households").await.expect(200).json();
        assert_eq!(heads["households"].as_array().unwrap().len(), 4, "back in the old grid");
        let twice = rig.post(&token(CLERK), &path, json!({})).await.expect(409).json();
        assert_eq!(twice["key"], "registry.import_undone");
        // What was taken back can be brought in again.
        assert_eq!(bring_in(&rig, &table).await.add, 2);
    });
}

#[test]
fn what_a_table_wrote_over_is_sealed() {
    static BEFORE: db::Sql = db::Sql {
        name: "registry.test.before",
        text: "select before_values from import_lines where community_id = $1 and is_new = 0",
    };
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        bring_in(&rig, &csv(&["3栋,2单元,401,夏𠮷生,,,,13900000000,"])).await;
        let kept = rig.db.read(|tx| {
            let rows = tx.rows(&BEFORE, &db::params![community().uuid()])?;
            rows.iter().map(|row| Ok(row.bytes(0)?.to_vec())).collect::<Result<Vec<_>, Refusal>>()
        });
        let kept = kept.await.unwrap();
        assert_eq!(kept.len(), 1);
        let former = b"13800000000";
        assert!(!kept[0].windows(former.len()).any(|part| part == former));
    });
}

#[test]
fn what_somebody_changed_since_is_not_taken_back() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let first = bring_in(&rig, &csv(&["3栋,2单元,501,甲,,,,13900000000,"])).await;
        let second = bring_in(&rig, &csv(&["3栋,2单元,501,甲,,,,13900000001,"])).await;
        let undo = |import: Uuid| format!("/register/imports/{import}/undoing");
        let path = format!("/api{}", undo(first.import));
        let refused = rig.post(&token(CLERK), &path, json!({})).await.expect(409).json();
        assert_eq!(refused["key"], "registry.import_changed_since");
        // The page names them.
        let cookie = format!("lianhu={}", token(CLERK));
        let page = rig.form(&cookie, &undo(first.import), &[]).await.expect(409).text();
        assert!(page.contains("<li>甲</li>"), "{page}");
        // A neighbour moved in behind the new door.
        let path = format!("/api{}", undo(second.import));
        rig.post(&token(CLERK), &path, json!({})).await.expect(200);
        let doors = rig.get(&token(CLERK), "/api/households?q=501").await.expect(200).json();
        let door = doors["households"][0]["household"].as_str().unwrap().to_owned();
        let people = format!("/api/households/{door}/people");
        rig.post(&token(CLERK), &people, json!({"name": "邻居"})).await.expect(201);
        let path = format!("/api{}", undo(first.import));
        let refused = rig.post(&token(CLERK), &path, json!({})).await.expect(409).json();
        assert_eq!(refused["key"], "registry.import_changed_since");
        assert_eq!(everybody(&rig).await.iter().filter(|row| row.contains("|501|")).count(), 2);
    });
}

#[test]
fn a_day_later_it_stays_and_what_was_before_is_forgotten() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let done = bring_in(&rig, &csv(&["3栋,2单元,401,夏𠮷生,,,,13900000000,"])).await;
        rig.clock.advance(Duration::from_secs(24 * 3_600 + 1));
        let path = format!("/api/register/imports/{}/undoing", done.import);
        let late = rig.post(&token(CLERK), &path, json!({})).await.expect(409).json();
        assert_eq!(late["key"], "registry.import_too_late");
        let forget = &registry::MODULE.jobs[0];
        let gate = rig.gate().clone();
        let round = move || (forget.run)(&gate);
        let changed = tokio::task::spawn_blocking(round.clone()).await.unwrap().unwrap();
        assert_eq!(changed, 1);
        let changed = tokio::task::spawn_blocking(round).await.unwrap().unwrap();
        assert_eq!(changed, 0, "there is nothing left to forget");
    });
}

#[test]
fn the_register_leaves_as_it_comes_in_and_everybody_is_told() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        bring_in(&rig, &messy::workbook()).await;
        let rows = export(&rig).await;
        assert_eq!(rows.len(), 1 + 5 + 8);
        for bytes in [paper::table::xlsx("台账", &rows).unwrap(), paper::table::csv(&rows)] {
            let preview = preview(&rig, &Arc::new(given(&bytes))).await;
            assert_eq!((preview.add, preview.change, preview.leave), (0, 0, 13));
            assert_eq!(keys(&preview), []);
        }
        let lines = rig.db.read(move |tx| gate::lines_about(tx, community(), id(0xF000)));
        assert_eq!(lines.await.unwrap()[0].purpose, "register.export");
        let looked = rig.gate().look(Credential::Nothing(community()), ExportRegister {}).await;
        assert!(matches!(looked.map(|_| ()), Err(Refusal::SignIn)));
    });
}

#[test]
fn columns_that_were_put_right_are_remembered() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let table = "楼,房,谁,备注\n3栋,501,甲,13900000000\n".as_bytes();
        let book = paper::table::read(table).unwrap();
        let mut choices = import::proposed(&book, &Default::default());
        assert_eq!(choices.columns["谁"], None);
        for (heading, field) in [
            ("楼", Field::Building),
            ("房", Field::Room),
            ("谁", Field::Name),
            ("备注", Field::Phone),
        ] {
            choices.columns.insert(heading.to_owned(), Some(field));
        }
        let today = Day::of(2026, 11, 16).unwrap();
        perform(&rig, Arc::new(import::prepare(&book, &choices, today))).await.unwrap();
        let signature = import::signature(&book);
        let view = import::RememberedColumns { signature };
        let remembered = rig.gate().look(system(), view).await.unwrap().body;
        assert_eq!(import::proposed(&book, &remembered), choices);
        assert!(!format!("{remembered:?}").contains('谁'), "no word of a table is kept");
    });
}

#[test]
fn somebody_elsewhere_in_the_middle_is_noticed() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let given = Arc::new(given(&csv(&["3栋,2单元,401,夏𠮷生,,,,13900000000,"])));
        let ImportPreview { add, change, .. } = preview(&rig, &given).await;
        bring_in(&rig, &csv(&["3栋,2单元,401,夏𠮷生,,,,13900000000,"])).await;
        let action = RegisterImport { file: String::new(), add, change, upload: None, given };
        let refused = rig.gate().perform(system(), Receipt(Uuid::new_v4()), action).await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, Refusal::Rule(fault) if fault.key == "registry.import_overtaken")
        );
    });
}

/// People and doors as anybody might write them.
fn tables() -> impl Strategy<Value = Vec<String>> {
    let optional = |text: &'static str| prop_oneof![Just(""), Just(text)];
    let stairwell = prop_oneof![Just(""), Just("1单元"), Just("二单元")];
    let row = (
        1..4_u8,
        stairwell,
        101..105_u16,
        "[甲乙丙𠮷〇䶮]{1,3}",
        optional("夏爹"),
        prop_oneof![Just(""), Just("男"), Just("女")],
        optional("1950年2月3日"),
        optional("+86 138-0000-0000"),
        optional("第一网格"),
    );
    let row = row.prop_map(|(building, stairwell, room, name, called, sex, born, phone, grid)| {
        format!("{building},{stairwell},{room},{name},{called},{sex},{born},{phone},{grid}")
    });
    proptest::collection::vec(row, 1..12)
}

/// Tables that one engine is asked about.
const TABLES: usize = 8;

#[test]
fn whatever_came_in_comes_out_and_is_left_when_it_comes_again() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let mut runner = TestRunner::deterministic();
        let mut brought = 0;
        for _ in 0..TABLES {
            let rows = tables().new_tree(&mut runner).unwrap().current();
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let given = Arc::new(given(&csv(&rows)));
            // Some tables contradict themselves; those are refused, which is another story.
            if preview(&rig, &given).await.hindered {
                continue;
            }
            perform(&rig, given).await.unwrap();
            brought += 1;
            let rows = export(&rig).await;
            let again = Arc::new(crate::imports::given(&paper::table::csv(&rows)));
            let preview = preview(&rig, &again).await;
            let left = u32::try_from(rows.len() - 1).unwrap();
            assert_eq!((preview.add, preview.change, preview.leave), (0, 0, left), "{rows:#?}");
            assert!(!preview.hindered, "{:#?}", keys(&preview));
        }
        assert!(brought > 2, "{brought} of {TABLES} were sound");
    });
}

proptest! {
    /// Whatever stands in a table is an answer.
    #[test]
    fn any_table_is_answered(text in "([姓名楼栋房号电话出生日期身份证,\n\"=+0-9E.单元室-]|3栋|1950-02-03){0,120}") {
        if let Ok(book) = paper::table::read(text.as_bytes()) {
            let choices = import::proposed(&book, &Default::default());
            import::prepare(&book, &choices, Day::of(2026, 11, 16).unwrap());
        }
    }
}

#[test]
fn many_people_are_entered_in_one_act() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let rows: Vec<String> = (0..600)
            .map(|number| {
                format!(
                    "{}栋,1单元,{},人{number},,,1970-01-01,,",
                    20 + number / 60,
                    number % 60 / 2
                )
            })
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let done = bring_in(&rig, &csv(&rows)).await;
        assert_eq!((done.add, done.leave), (600, 0));
        let undo = UndoImport { import: done.import };
        let undone = rig.gate().perform(system(), Receipt(Uuid::new_v4()), undo).await.unwrap();
        assert_eq!(undone.removed, 600);
        assert_eq!(export(&rig).await.len(), 1 + 5);
        // Nobody of them is left over, and no key that opens what was said of them.
        let db = rig.db.clone();
        let keys = tokio::task::spawn_blocking(move || vault::rotate::status(&db)).await.unwrap();
        assert_eq!(keys.unwrap().communities[0].destroyed, 600);
        let left = rig.db.read(move |tx| {
            let people =
                registry::person_briefs(tx, community(), &[PersonId::from_uuid(id(0xF000))])?;
            Ok::<_, Refusal>(people.len())
        });
        assert_eq!(left.await.unwrap(), 1);
    });
}
