//! What a browser calls itself, read plainly: which browser, on which system. No fingerprint:
//! versions and models are left aside, and what is not known is called other.

/// The browser, by the word kept in the catalogue under `browser.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    WeChat,
    Huawei,
    Xiaomi,
    Qq,
    Uc,
    Edge,
    Firefox,
    Chrome,
    Safari,
    /// No browser at all: a program, or one that nobody told us of.
    Other,
}

/// The system it runs on, by the word under `system.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Harmony,
    Android,
    Apple,
    Windows,
    Mac,
    Linux,
    Other,
}

impl Browser {
    pub const fn word(self) -> &'static str {
        match self {
            Browser::WeChat => "wechat",
            Browser::Huawei => "huawei",
            Browser::Xiaomi => "xiaomi",
            Browser::Qq => "qq",
            Browser::Uc => "uc",
            Browser::Edge => "edge",
            Browser::Firefox => "firefox",
            Browser::Chrome => "chrome",
            Browser::Safari => "safari",
            Browser::Other => "other",
        }
    }
}

impl System {
    pub const fn word(self) -> &'static str {
        match self {
            System::Harmony => "harmony",
            System::Android => "android",
            System::Apple => "apple",
            System::Windows => "windows",
            System::Mac => "mac",
            System::Linux => "linux",
            System::Other => "other",
        }
    }
}

/// Browsers name those they are built on too, so the most particular comes first.
const BROWSERS: &[(&str, Browser)] = &[
    ("MicroMessenger/", Browser::WeChat),
    ("HuaweiBrowser/", Browser::Huawei),
    ("MiuiBrowser/", Browser::Xiaomi),
    ("QQBrowser/", Browser::Qq),
    ("UCBrowser/", Browser::Uc),
    ("Edg", Browser::Edge),
    ("Firefox/", Browser::Firefox),
    ("FxiOS/", Browser::Firefox),
    ("Chrome/", Browser::Chrome),
    ("CriOS/", Browser::Chrome),
    ("Safari/", Browser::Safari),
];

/// The same of systems: Android calls itself Linux, an iPhone Mac OS.
const SYSTEMS: &[(&str, System)] = &[
    ("HarmonyOS", System::Harmony),
    ("Android", System::Android),
    ("iPhone", System::Apple),
    ("iPad", System::Apple),
    ("Windows", System::Windows),
    ("Mac OS", System::Mac),
    ("Linux", System::Linux),
];

/// Browser and system.
pub fn read(device: &str) -> (Browser, System) {
    let browser = BROWSERS.iter().find(|(sign, _)| device.contains(sign));
    let system = SYSTEMS.iter().find(|(sign, _)| device.contains(sign));
    (
        browser.map_or(Browser::Other, |(_, browser)| *browser),
        system.map_or(System::Other, |(_, system)| *system),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_as_people_call_them() {
        for (device, browser, system) in [
            (
                "Mozilla/5.0 (Linux; Android 14; X) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Version/4.0 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0",
                Browser::WeChat,
                System::Android,
            ),
            (
                "Mozilla/5.0 (Phone; OpenHarmony 5.0) HarmonyOS Chrome/114.0 Safari/537.36 \
                 HuaweiBrowser/5.0",
                Browser::Huawei,
                System::Harmony,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 \
                 Safari/537.36 Edg/126.0",
                Browser::Edge,
                System::Windows,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 \
                 Mobile/15E148 Safari/604.1",
                Browser::Safari,
                System::Apple,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0",
                Browser::Firefox,
                System::Linux,
            ),
            ("cli", Browser::Other, System::Other),
            ("", Browser::Other, System::Other),
        ] {
            assert_eq!(read(device), (browser, system), "{device}");
        }
    }
}
