//! Chats as they are pasted: from a phone, from a PC, retyped, and not a chat at all.

use proptest::prelude::*;

use super::*;

/// `speaker|words`, with `-` before what is proposed to be left out.
fn read_as(text: &str) -> Vec<String> {
    let parts = split(text).unwrap();
    parts
        .iter()
        .map(|part| {
            let mark = if part.leave_out.is_some() { "-" } else { "" };
            let speaker = part.speaker.as_deref().unwrap_or("");
            format!("{mark}{speaker}|{}", part.words.replace('\n', "/"))
        })
        .collect()
}

#[test]
fn a_head_with_name_and_time() {
    let text = "王春梅 11月3日 08:15\n3栋楼道灯坏了\n有半个月了\n\n李建国 11月3日 08:20\n收到 谢谢";
    assert_eq!(read_as(text), ["王春梅|3栋楼道灯坏了/有半个月了", "-李建国|收到 谢谢"]);
}

#[test]
fn heads_in_many_fashions() {
    for head in [
        "王春梅 2026/11/3 8:15:22",
        "王春梅  2026-11-03 08:15",
        "王春梅 2026年11月3日 08:15",
        "王春梅 昨天 21:30",
        "王春梅 昨天21:30",
        "王春梅 上午 8:15",
        "王春梅 星期三 下午3:05",
        "王春梅 08:15",
        "王春梅 11月3日 08:15:",
        "王春梅:",
        "王春梅：",
    ] {
        assert_eq!(read_as(&format!("{head}\n灯坏了")), ["王春梅|灯坏了"], "{head}");
    }
}

#[test]
fn names_of_neighbours_are_names() {
    for name in ["3栋202张三", "夏爹", "A-小李（5栋）", "Mary Wang", "王_春梅", "欧阳·阿依"]
    {
        let part = read_as(&format!("{name}：水管爆了"));
        assert_eq!(part, [format!("{name}|水管爆了")], "{name}");
    }
}

#[test]
fn a_colon_does_not_make_a_name() {
    for text in [
        "地址：三栋二单元",
        "时间:明天上午",
        "https://example.org/a",
        "08:15 停水了",
        "我要反映的问题很久了没有人理，具体是这样的：灯坏了",
        "灯坏了，原因：线断了",
    ] {
        assert_eq!(read_as(text), [format!("|{text}")], "{text}");
    }
}

#[test]
fn said_on_one_line_and_continued() {
    let text = "张三：3栋楼道灯坏了\n晚上看不见\n李四: 5栋下水道堵了\n王五：好的";
    assert_eq!(
        read_as(text),
        ["张三|3栋楼道灯坏了/晚上看不见", "李四|5栋下水道堵了", "-王五|好的"]
    );
}

#[test]
fn pictures_and_calls_are_marks_not_words() {
    for (text, expected) in [
        ("张三：[图片]", "-张三|[图片]"),
        ("张三：灯坏了[图片][图片]", "张三|灯坏了"),
        ("张三：@所有人 明天停水怎么办", "张三|明天停水怎么办"),
        ("张三：[Photo] 【语音】", "-张三|[Photo] 【语音】"),
        ("张三：[抱拳]灯坏了", "张三|[抱拳]灯坏了"),
    ] {
        assert_eq!(read_as(text), [expected], "{text}");
    }
}

#[test]
fn courtesies_are_proposed_to_be_left_out() {
    for (words, leave_out) in [
        ("收到", true),
        ("收到，谢谢！", true),
        ("OK", true),
        ("好的👌", true),
        ("👍👍", true),
        ("大家早上好", false),
        ("大家好，早上好", true),
        ("收到，我家也漏水", false),
        ("谢谢，灯又坏了", false),
        ("1", true),
    ] {
        let parts = split(&format!("张三：{words}")).unwrap();
        assert_eq!(parts[0].leave_out.is_some(), leave_out, "{words}");
    }
}

#[test]
fn a_numbered_list_is_several_matters_of_one_speaker() {
    let text = "张三：我们楼有几个事\n1、楼道灯坏了\n灯罩也掉了\n2. 下水道堵了\n（3）有人乱停车";
    assert_eq!(
        read_as(text),
        [
            "-张三|我们楼有几个事",
            "张三|楼道灯坏了/灯罩也掉了",
            "张三|下水道堵了",
            "张三|有人乱停车"
        ]
    );
    assert_eq!(read_as("①灯坏了\n②门坏了"), ["|灯坏了", "|门坏了"]);
}

#[test]
fn a_single_number_or_a_decimal_is_no_list() {
    for text in ["1、楼道灯坏了", "水费3.5元\n电费4.5元", "3.5元一吨\n4.5元一度", "12栋\n13栋"]
    {
        assert_eq!(split(text).unwrap().len(), 1, "{text}");
    }
}

#[test]
fn the_chat_programs_own_lines_are_no_ones_words() {
    let text = "—————  2026年11月3日  —————\n张三：灯坏了\n\n08:15\n\"李四\"撤回了一条消息\n\
                ----------\n王五加入了群聊\n赵六：门坏了";
    assert_eq!(read_as(text), ["张三|灯坏了", "赵六|门坏了"]);
}

#[test]
fn paragraphs_without_speakers_are_parts() {
    assert_eq!(read_as("灯坏了\n很黑\n\n门坏了"), ["|灯坏了/很黑", "|门坏了"]);
    assert_eq!(read_as("楼上漏水"), ["|楼上漏水"]);
    assert_eq!(read_as("  \n \n"), [""; 0]);
    assert_eq!(read_as("张三：\n\n李四："), [""; 0]);
}

#[test]
fn a_blank_line_parts_two_matters_of_one_speaker() {
    assert_eq!(read_as("张三 08:15\n灯坏了\n\n门也坏了"), ["张三|灯坏了", "张三|门也坏了"]);
    assert_eq!(read_as("张三 08:15\n灯坏了\n门也坏了"), ["张三|灯坏了/门也坏了"]);
}

#[test]
fn what_is_left_out_is_left_out_for_its_own_reason() {
    for (words, why) in [
        ("[图片]", Some(LeaveOut::NoWords)),
        ("收到", Some(LeaveOut::SmallTalk)),
        ("大家好，请文明发言", Some(LeaveOut::Notice)),
        ("请文明发言，我家漏水了", None),
    ] {
        assert_eq!(split(&format!("张三：{words}")).unwrap()[0].leave_out, why, "{words}");
    }
    assert_eq!(
        split("几件事\n1、灯坏了\n2、门坏了").unwrap()[0].leave_out,
        Some(LeaveOut::ListHead)
    );
}

#[test]
fn windows_line_ends_are_line_ends() {
    assert_eq!(read_as("张三：灯坏了\r\n李四：好的\r\n"), ["张三|灯坏了", "-李四|好的"]);
}

#[test]
fn it_is_bounded() {
    let many = |count: usize| "张三：灯坏了\n".repeat(count);
    assert_eq!(split(&many(PARTS_MAX)).unwrap().len(), PARTS_MAX);
    let fault = split(&many(PARTS_MAX + 1)).unwrap_err();
    assert_eq!(fault.key, "rule.paste_too_many_parts");
    let long = |count: usize| "灯".repeat(count);
    assert_eq!(split(&long(PASTE_MAX)).unwrap().len(), 1);
    assert_eq!(split(&long(PASTE_MAX + 1)).unwrap_err().key, "rule.paste_too_long");
}

proptest! {
    #[test]
    fn nothing_that_was_said_is_lost(
        lines in prop::collection::vec("(张三：|李四 08:15\n|1、|)[灯门水坏漏a-z]{1,8}", 0..30),
    ) {
        let text = lines.join("\n");
        let said: String = split(&text).unwrap().into_iter().map(|part| part.words).collect();
        let letters = |text: &str| {
            text.chars().filter(|sign| "灯门水坏漏".contains(*sign)).collect::<String>()
        };
        prop_assert_eq!(letters(&said), letters(&text));
    }

    #[test]
    fn any_paste_is_answered(text in "(\\PC|[\n：:1、 /\\[\\]]){0,200}") {
        if let Ok(parts) = split(&text) {
            prop_assert!(parts.iter().all(|part| !part.words.trim().is_empty()));
        }
    }
}
