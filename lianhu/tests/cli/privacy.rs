//! The disclosure drill at the command line.

use serde_json::{Value as Json, json};

use super::Place;

#[test]
fn a_drill_says_what_could_be_produced_and_produces_nobody() {
    let place = Place::founded();
    let file = place.file("居民.csv");
    let rows = "小区,楼栋,单元,房号,姓名,联系电话\r\n化肥厂小区,3栋,2单元,401,夏𠮷生,0737-4227788";
    std::fs::write(&file, rows).expect("written");
    place.run(&["register", "import", &file]).expect(0);
    let said = place.run(&["privacy", "report", "--json"]).expect(0).said;
    assert!(!said.contains("夏") && !said.contains("4227788"), "{said}");
    let report: Json = serde_json::from_str(&said).unwrap();
    assert_eq!(report["has_keys"], json!(true));
    let table = |name: &str| {
        let all = report["tables"].as_array().unwrap();
        all.iter().find(|one| one["table"] == name).unwrap().clone()
    };
    assert_eq!(table("persons")["rows"], json!(1));
    assert!(table("persons")["sealed"].to_string().contains("phone"));
    assert_eq!(table("requests")["readable"][0], json!("words"));
    assert_eq!(report["complainants"]["requests"], json!(0));
    let nobody = "01900000-0000-7000-8000-00000000dead";
    let said = place.run(&["privacy", "report", "--person", nobody]).expect(0).said;
    assert!(said.contains("persons, 1 rows, 0 about this person"), "{said}");
    place.run(&["privacy", "report", "--person", "somebody"]).expect(2);
}
