//! Invented sentences as people say them at the door, and what they are about. The lists are the
//! measure of the keywords: a new word that spoils another sentence shows here.

use std::collections::BTreeSet;

use super::*;
use crate::model::Emergency;

/// Ordinary matters: sentence, topic, nature.
const ORDINARY: &[(&str, &str, Nature)] = &[
    ("三栋二单元三楼的楼道灯坏了，晚上老人下楼看不见", "A01", Nature::Help),
    ("进小区那条路的路灯一直不亮，黑漆漆的", "A01", Nature::Help),
    ("楼上漏水，我家天花板湿了一大片", "A02", Nature::Help),
    ("卫生间漏，墙面发霉了", "A02", Nature::Help),
    ("三楼窗户漏雨，墙都发霉了", "A02", Nature::Help),
    ("一楼下水道堵了，污水都返上来了", "A03", Nature::Help),
    ("化粪池满了往外冒", "A03", Nature::Help),
    ("五栋的外墙砖掉下来好几块，差点砸到人", "A04", Nature::Help),
    ("屋顶掉水泥块，下面就是人走的地方", "A04", Nature::Help),
    ("电梯又停了，九楼的娭毑下不来", "A05", Nature::Help),
    ("单元门的门禁刷卡没反应", "A06", Nature::Help),
    ("化肥厂门口路面坑坑洼洼，骑车摔了两个人", "A07", Nature::Help),
    ("健身器材螺丝松了，小孩爬上去危险", "A08", Nature::Help),
    ("能不能在坡道边上装个扶手，轮椅上不去", "A09", Nature::Help),
    ("早上起来就停水了，到现在没来", "B01", Nature::Help),
    ("水压太小，六楼没水", "B01", Nature::Help),
    ("我们这一栋停电了两个小时", "B02", Nature::Help),
    ("家里宽带断网三天了", "B04", Nature::Help),
    ("水表好像走得太快，水费比上个月多一倍", "B05", Nature::Help),
    ("煤气费怎么交", "B05", Nature::Consult),
    ("燃气费在哪里可以交，多少钱一方", "B05", Nature::Consult),
    ("眼睛不好，不会用手机交电费，想请人代缴", "B06", Nature::Help),
    ("帮忙交一下燃气费，我不会弄", "B06", Nature::Help),
    ("垃圾桶满了三天没人清运，臭得很", "C01", Nature::Complaint),
    ("楼道里堆满了旧家具和纸箱，过不了人", "C02", Nature::Complaint),
    ("楼下餐馆的油烟直接排到我家窗口", "C03", Nature::Complaint),
    ("大树的树枝伸到窗户边了，请来修剪", "C04", Nature::Help),
    ("一楼蟑螂老鼠多，请来消杀", "C05", Nature::Help),
    ("有人遛狗不牵绳，草地上到处是狗屎", "C06", Nature::Complaint),
    ("我家车位老是被外面的车占，乱停", "D01", Nature::Complaint),
    ("四单元有人从窗户拉线充电，电瓶车就停楼下", "D02", Nature::Complaint),
    ("广场舞音响开到晚上十点，吵得睡不着", "D03", Nature::Complaint),
    ("楼上半夜打麻将太吵", "D03", Nature::Complaint),
    ("校门口的小摊占道经营，放学都走不动", "D04", Nature::Complaint),
    ("流动摊把垃圾留给保洁", "D04", Nature::Complaint),
    ("顶楼有人私搭棚子，是不是违建", "D05", Nature::Report),
    ("七楼经常高空抛物，往下扔烟头", "D06", Nature::Complaint),
    ("消防通道被车堵死了", "E01", Nature::Complaint),
    ("老房子线路老化，插座打火花", "E02", Nature::Help),
    ("我家墙开裂越来越大，怕是危房", "E06", Nature::Help),
    ("一下暴雨地下室就进水，积水到膝盖", "E07", Nature::Help),
    ("邻居的空调外机对着我家卧室吹", "F01", Nature::Help),
    ("物业公司收了物业费不做事", "F02", Nature::Complaint),
    ("儿子不管我，赡养的事想请社区调解", "F03", Nature::Help),
    ("老板欠薪半年，工资没发", "F05", Nature::Help),
    ("想申请低保，家里实在困难", "G01", Nature::Help),
    ("他家遭了大病，没钱看病，能不能临时救助", "G02", Nature::Help),
    ("残疾证到期了要换", "G03", Nature::Help),
    ("我妈满八十了，高龄津贴怎么申请", "G04", Nature::Consult),
    ("医保怎么报销，养老认证在手机上怎么弄", "G05", Nature::Consult),
    ("我是退役军人，优待证还没拿到", "G06", Nature::Help),
    ("夏爹腿断了做不了饭，想要食堂送餐", "H01", Nature::Help),
    ("隔壁李娭毑独居，麻烦有空上门看看", "H02", Nature::Help),
    ("下周二要去医院复查，没人陪诊", "H03", Nature::Help),
    ("帮忙买菜送上楼，腿脚不行", "H04", Nature::Help),
    ("换煤气罐扛不上楼，请志愿者帮一下", "H04", Nature::Help),
    ("卫生间滑，想做适老化改造", "H05", Nature::Help),
    ("暑假孩子没人带，有没有托管", "I01", Nature::Help),
    ("三栋有个留守儿童辍学在家", "I02", Nature::Help),
    ("我孩子想参加小小志愿者", "I04", Nature::Help),
    ("请问办居住证需要什么材料", "J01", Nature::Consult),
    ("你们几点上班", "J01", Nature::Consult),
    ("年纪大了跑不动，帮我办一下手续", "J02", Nature::Help),
    ("要开证明，居住证明能办吗", "J03", Nature::Consult),
    ("下岗了想找工作，有没有招聘", "J04", Nature::Help),
    ("建议开个会大家商量停车的事，定个公约", "K01", Nature::Suggestion),
    ("建议给我们楼加装电梯", "K02", Nature::Suggestion),
    ("居委会群里通知太晚了，提个意见", "K03", Nature::Suggestion),
    ("感谢社区，送面锦旗表扬王姐", "K04", Nature::Suggestion),
    ("网格员态度恶劣，去了两次都推诿", "L01", Nature::Complaint),
    ("举报有人克扣慰问物资，账目不清", "L02", Nature::Report),
    ("嗯，就是那个事", "M01", Nature::Help),
    ("家里水龙头坏了", "M01", Nature::Help),
    ("村口小桥栏杆松了", "M01", Nature::Help),
    ("楼门口台阶缺角", "A07", Nature::Help),
    ("另外我家水管也漏", "A02", Nature::Help),
];

/// Somebody must be called first: sentence, topic, line.
const DANGER: &[(&str, &str, Emergency)] = &[
    ("厨房里有股煤气味，人都头晕", "B03", Emergency::Fire),
    ("五栋电梯口闻到燃气味，垃圾桶边上也有", "B03", Emergency::Fire),
    ("后山有人烧垃圾，火星到处飞", "E03", Emergency::Fire),
    ("四楼着火了，冒黑烟", "E03", Emergency::Fire),
    ("电瓶车在楼道充电烧起来了", "E03", Emergency::Fire),
    ("有人被困在电梯里，按铃没人理", "A05", Emergency::Fire),
    ("接到电话说是冒充公安的，让我转到安全账户", "E04", Emergency::Police),
    ("昨晚电瓶车被偷了", "E05", Emergency::Police),
    ("楼下两个人打起来了，还有人拿着刀", "E05", Emergency::Police),
    ("顶楼有人要跳楼", "E05", Emergency::Police),
    ("隔壁女的天天被老公打，身上有淤青", "F04", Emergency::Police),
    ("张爷爷几天没出门，敲门没人应，家里狗一直叫", "H06", Emergency::Police),
    ("我妈有老年痴呆，走失两个小时了", "H06", Emergency::Police),
    ("孩子身上有伤，怀疑后爸虐待孩子", "I03", Emergency::Police),
    ("老人在楼下晕倒了，叫不醒", "H03", Emergency::Ambulance),
    ("三楼的爹摔倒起不来了", "H03", Emergency::Ambulance),
    ("一家人煤气中毒了", "H03", Emergency::Ambulance),
    ("校门口车祸，小孩被车撞", "D01", Emergency::Traffic),
    ("电动车充电起火", "E03", Emergency::Fire),
    ("电动车充电冒烟", "E03", Emergency::Fire),
    ("楼道冒烟", "E03", Emergency::Fire),
    ("天花板起火苗头了", "E03", Emergency::Fire),
    ("电线掉地上冒火花", "E02", Emergency::Fire),
    ("房子要塌了", "E06", Emergency::Fire),
    ("隔壁的墙倒了，有人被埋", "E06", Emergency::Fire),
    ("小孩溺水了", "E07", Emergency::Fire),
    ("有人掉河里", "E07", Emergency::Fire),
    ("小孩掉进塘里了", "E07", Emergency::Fire),
    ("细伢子不小心掉进池塘了", "E07", Emergency::Fire),
    ("井盖没了小孩掉下去了", "E03", Emergency::Fire),
    ("小孩的头卡在栏杆里", "E03", Emergency::Fire),
    ("煤气罐忘关了，人锁在外面，怕出事，已经闻到煤气", "B03", Emergency::Fire),
    ("液化气泄露了", "B03", Emergency::Fire),
    ("消防演练刚讲完防火，五栋真的又着火了", "E03", Emergency::Fire),
    ("好可怕着火了快来", "E03", Emergency::Fire),
    ("触电了", "H03", Emergency::Ambulance),
    ("有人触电倒地", "H03", Emergency::Ambulance),
    ("修灯不小心触电", "H03", Emergency::Ambulance),
    ("喝农药", "H03", Emergency::Ambulance),
    ("突然倒地", "H03", Emergency::Ambulance),
    ("叫不醒", "H03", Emergency::Ambulance),
    ("中风", "H03", Emergency::Ambulance),
    ("我爹嘴歪了，半边身子动不了", "H03", Emergency::Ambulance),
    ("奶奶在楼梯上摔了一跤，流血了", "H03", Emergency::Ambulance),
    ("高空坠物砸到人", "D06", Emergency::Ambulance),
    ("有人打架动刀", "E05", Emergency::Police),
    ("有人被砍", "E05", Emergency::Police),
    ("强奸", "E05", Emergency::Police),
    ("有个女的站在楼顶", "E05", Emergency::Police),
    ("人贩子抱走孩子", "E05", Emergency::Police),
    ("路口撞到人了", "D01", Emergency::Traffic),
    ("面包车翻车了", "D01", Emergency::Traffic),
    ("老人没反应了", "H03", Emergency::Ambulance),
    ("爷爷没气了", "H03", Emergency::Ambulance),
    ("断气了", "H03", Emergency::Ambulance),
    ("有人拿着菜刀", "E05", Emergency::Police),
    ("电瓶车自燃了", "E03", Emergency::Fire),
    ("电梯里困人了", "A05", Emergency::Fire),
    ("电梯关人了", "A05", Emergency::Fire),
    ("心口痛得厉害", "H03", Emergency::Ambulance),
    ("胸闷", "H03", Emergency::Ambulance),
    ("氨气泄漏", "B03", Emergency::Fire),
    ("墙要倒了", "E06", Emergency::Fire),
    ("老人没人应门三天了", "H06", Emergency::Police),
    ("廚房有煤氣味", "B03", Emergency::Fire),
    ("有人暈倒", "H03", Emergency::Ambulance),
    ("Fire!", "E03", Emergency::Fire),
    ("there is a gas leak in the kitchen", "B03", Emergency::Fire),
    ("he fainted", "H03", Emergency::Ambulance),
    ("Someone collapsed in the yard", "H03", Emergency::Ambulance),
    ("my father is not breathing", "H03", Emergency::Ambulance),
    // Money that was to save a life, and fraud: the police, not an ambulance.
    ("救命钱被骗了", "E04", Emergency::Police),
];

/// Several lines are needed: sentence, topic of what is called first, lines in the order to call.
const DANGERS: &[(&str, &str, &[Emergency])] = &[
    ("三楼有很重的煤气味，有人晕倒了", "B03", &[Emergency::Fire, Emergency::Ambulance]),
    ("楼道着火，有人晕倒", "E03", &[Emergency::Fire, Emergency::Ambulance]),
    ("楼下有人打架，有个人被打得昏迷了", "E05", &[Emergency::Police, Emergency::Ambulance]),
    ("门口出了车祸，老人叫不醒", "H03", &[Emergency::Ambulance, Emergency::Traffic]),
];

/// Sounds like danger and is none.
const CALM: &[&str] = &[
    "煤气费怎么交",
    "煤气灶打不着火，想换个煤气罐",
    "换煤气罐扛不上楼",
    "燃气表坏了读数不对",
    "轮胎漏气了，车停在消防通道边上",
    "社区什么时候搞消防演习，着火了怎么跑",
    "消防通道堵了，万一着火了怎么办",
    "想报名急救培训，学学晕倒怎么处理",
    "反诈宣传讲座在哪里开",
    "我家猫走丢了，请帮忙问问",
    "物业联系不上，电梯没人修",
    "超市跳楼价，门口堵得走不动",
    "建议禁止烧纸钱，清明前多宣传",
    "楼下烧烤味太呛人",
    "自来水费多少钱一吨",
    "油烟异味很大",
    "消防通道堵了",
    "楼道堆满纸箱，火灾隐患",
    "想请人来讲防火宣传",
    "我家是中风险地区吗",
    "夏爹中风后遗症，想要个轮椅",
    "飞线充电容易起火，请管一管",
    "电瓶堆在楼道里，担心会爆炸",
    "昨晚三栋着火，已经灭了，想问怎么赔",
    "高空抛物差点砸到人",
    "瓷砖掉下来，幸好没砸到人",
    "家里失火以后东西烧了一半，想申请临时救助",
    "电线老化，怕着火",
    "煤气灶火苗太小",
    "防溺水讲座什么时候开",
    "客厅想装上吊灯，问问能不能打孔",
    "大树倒在路上",
    "我的车位被抢了",
    "把门口的树砍了",
    "屋顶掉水泥块",
    "救护车进不来，消防通道停满车",
    "手机掉下去了，够不着",
    "路面塌了一块",
    "学校组织消防着火演练通知",
    "邻居家炒菜冒烟",
    "这是我最后一根救命稻草",
    "煤气罐没气了，请人换",
    "轮胎没气了",
    "跟物业说了好几次没有反应，老人上下楼不方便",
    "电梯按钮没反应了，老人下不来",
    "单元门禁没反应",
    "电瓶车放楼道有自燃隐患",
    "The fire lane is blocked by cars",
    "when is the fire drill",
];

#[test]
fn ordinary_matters_are_recognised() {
    for (words, topic, nature) in ORDINARY {
        let inferred = infer(words, "");
        assert_eq!(
            (inferred.topic.code.as_str(), inferred.nature, inferred.emergencies),
            (*topic, *nature, Lines::NONE),
            "{words}"
        );
        let Inferred { mode, layer, clock_class, sensitive, .. } = inferred;
        let Topic { mode: m, layer: l, clock_class: c, sensitive: s, .. } = inferred.topic;
        assert_eq!((mode, layer, clock_class, sensitive), (*m, *l, *c, *s));
    }
}

#[test]
fn r4_danger_is_recognised() {
    for (words, topic, line) in DANGER {
        let inferred = infer(words, "");
        let found = (inferred.topic.code.as_str(), inferred.emergencies.first());
        assert_eq!(found, (*topic, Some(*line)), "{words}");
        assert_eq!(inferred.clock_class, ClockClass::U0);
    }
}

#[test]
fn r4_every_line_that_is_needed_is_named_in_the_order_to_call() {
    for (words, topic, lines) in DANGERS {
        let inferred = infer(words, "");
        let found: Vec<Emergency> = inferred.emergencies.iter().collect();
        assert_eq!((inferred.topic.code.as_str(), &*found), (*topic, *lines), "{words}");
    }
}

#[test]
fn what_only_sounds_like_danger_is_not() {
    for words in CALM {
        assert_eq!(infer(words, "").emergencies, Lines::NONE, "{words}");
    }
}

#[test]
fn the_sentences_cover_every_topic() {
    let tried: BTreeSet<&str> = ORDINARY
        .iter()
        .map(|(_, topic, _)| *topic)
        .chain(DANGER.iter().map(|(_, topic, _)| *topic))
        .collect();
    let missing: Vec<&str> = topics::tree()
        .topics()
        .map(|topic| topic.code.as_str())
        .filter(|code| !tried.contains(code))
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn danger_outweighs_whatever_else_was_said() {
    let words = "垃圾桶满了没人清运，停车乱停，广场舞太吵，路灯不亮，还有厨房有煤气味";
    assert_eq!(infer(words, "").emergencies.first(), Some(Emergency::Fire));
}

#[test]
fn an_elder_who_does_not_answer_is_looked_for_by_the_rep() {
    assert_eq!(infer("敲门没人应", "").layer, Layer::Rep);
    assert_eq!(infer("着火了", "").layer, Layer::External);
}

#[test]
fn the_place_is_a_hint_but_no_alarm() {
    assert_eq!(infer("又坏了", "三栋电梯").topic.code, "A05");
    assert_eq!(infer("楼道灯坏了", "三栋电梯").topic.code, "A01");
    assert_eq!(infer("灯坏了", "着火了小卖部").emergencies, Lines::NONE);
}

#[test]
fn blanks_and_capitals_do_not_matter() {
    assert_eq!(infer("厨房 有 煤 气 味", "").emergencies.first(), Some(Emergency::Fire));
    assert_eq!(infer("家里 WiFi 连不上", "").topic.code, "B04");
}

#[test]
fn anything_at_all_has_an_answer() {
    for words in ["", "?", "12345", "\u{1F600}", "a"] {
        assert_eq!(infer(words, words).topic.code, "M01");
    }
}
