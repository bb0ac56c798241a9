//! What the invented residents say: a matter, a place and a circumstance put together. The words
//! are those of ordinary requests, so topics are inferred and the index fills as it does in life.

/// What is wrong.
const MATTERS: [&str; 20] = [
    "楼道的灯坏了",
    "下水道堵了，污水往外冒",
    "电梯停了两天没有人修",
    "楼上半夜放音乐，吵得睡不着",
    "有人把电动车推进楼道充电",
    "垃圾桶满了没有人清运",
    "水压太小，早上做饭接不到水",
    "老人想办高龄津贴，不知道要带什么材料",
    "楼下烧烤摊的油烟进了屋",
    "小区门口的路面有一个大坑",
    "外墙的瓷砖往下掉，怕砸到人",
    "邻居在公共绿地种菜",
    "消防通道被车堵住了",
    "屋顶漏水，墙已经发霉",
    "有流浪狗追着孩子跑",
    "物业费涨了，没有人解释过",
    "独居老人三天没有出门",
    "健身器材断了一根杆子",
    "快递柜占了人行道",
    "想问一下居住证怎么办",
];

/// Where.
const PLACES: [&str; 12] = [
    "化肥厂宿舍",
    "幸福里小区",
    "建设路",
    "桃花巷",
    "纺织厂家属院",
    "新村",
    "老街",
    "滨河苑",
    "学院路",
    "菜市场旁边",
    "广场东侧",
    "铁路新村",
];

/// What else there is to say.
const CIRCUMSTANCES: [&str; 10] = [
    "已经说过两次了",
    "晚上特别不方便",
    "请尽快派人来看看",
    "家里有小孩和老人",
    "邻居们都有意见",
    "希望给个说法",
    "一下雨就更严重",
    "这几天一直这样",
    "麻烦回个电话",
    "大家愿意一起出钱修",
];

/// Letters of a mark: frequent enough to look like words, plenty enough to be rare together.
const LETTERS: &str = "春夏秋冬东南西北山川河湖海云雨雪风霜日月星辰松竹梅兰菊荷桃李杏柳金银铜铁玉石珠宝\
                       琴棋书画诗酒花茶文武忠孝仁义礼智信和平安康福禄寿喜永昌盛兴隆泰祥瑞吉庆丰盈";

/// Letters that make a mark: a million communities would not say one twice by chance.
const MARK_LENGTH: usize = 6;

/// Words that some of the stored requests have.
pub const SEARCHED: [&str; 8] =
    ["电梯", "下水道", "桃花巷", "油烟", "路面", "高龄津贴", "漏水", "消防通道"];

/// Something a resident says.
pub fn request(chance: &mut fastrand::Rng) -> String {
    let building = chance.u32(1..40);
    let place = pick(chance, &PLACES);
    let matter = pick(chance, &MATTERS);
    let circumstance = pick(chance, &CIRCUMSTANCES);
    format!("{place}{building}栋，{matter}，{circumstance}。")
}

/// The same with a mark in it that nobody else says.
pub fn marked(chance: &mut fastrand::Rng) -> (String, String) {
    let letters: Vec<char> = LETTERS.chars().collect();
    let mark: String = (0..MARK_LENGTH).map(|_| letters[chance.usize(..letters.len())]).collect();
    (format!("{}经办：{mark}", request(chance)), mark)
}

fn pick(chance: &mut fastrand::Rng, from: &[&'static str]) -> &'static str {
    from[chance.usize(..from.len())]
}
