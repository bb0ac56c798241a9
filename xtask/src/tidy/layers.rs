//! Where a crate stands: capabilities have the same rooms, dependencies point down, and nobody
//! hands on what belongs to another.

use super::Breach;
use crate::rust_text::{Kind, RustText};
use crate::tree::{File, Tree};

/// The rooms of a capability, in the order a newcomer reads them. A room that outgrew its file
/// is a folder of the same name.
const ROOMS: &[&str] = &[
    "Cargo.toml",
    "src/lib.rs",
    "src/model.rs",
    "src/rules.rs",
    "src/store.rs",
    "src/actions.rs",
    "src/views.rs",
    "templates",
    "migrations",
    "policy.cedar",
    "words/zh.toml",
    "words/en.toml",
    "tests",
];

pub fn capabilities_have_their_rooms(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for capability in tree.crates_in("capabilities") {
        for room in ROOMS {
            let path = format!("capabilities/{capability}/{room}");
            let folder = path.trim_end_matches(".rs");
            if tree.file(&path).is_none() && !tree.has_folder(folder) {
                breaches.push(Breach::missing(path, format!("{capability} lacks this room")));
            }
        }
    }
    breaches
}

/// One of our crates, as the workspace's list of dependencies names it.
struct Layer<'a> {
    name: &'a str,
    path: &'a str,
}

/// Our crates in the order of the root's `[workspace.dependencies]`, lowest first, and the
/// program itself on top.
fn layers(tree: &Tree) -> Vec<Layer<'_>> {
    let root = tree.file("Cargo.toml").map_or("", |file| file.text.as_str());
    let listed = root.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" = { path = \"")?;
        Some(Layer { name, path: rest.split('"').next()? })
    });
    listed.chain([Layer { name: "lianhu", path: "lianhu" }]).collect()
}

pub fn dependencies_point_down(tree: &Tree) -> Vec<Breach> {
    let layers = layers(tree);
    let height = |name: &str| layers.iter().position(|layer| layer.name == name);
    let mut breaches = Vec::new();
    for manifest in tree.files.iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let folder = manifest.path.trim_end_matches("/Cargo.toml");
        let own = layers.iter().position(|layer| layer.path == folder);
        for needed in needs(manifest).iter().filter(|needed| height(&needed.name).is_some()) {
            let target = height(&needed.name);
            let Some(reason) = why_not(&layers, folder, own, target, needed.for_tests) else {
                continue;
            };
            let what = format!("{folder} may not use {}: {reason}", needed.name);
            breaches.push(Breach::new(manifest, needed.line, what));
        }
    }
    breaches
}

/// What forbids a crate to use another, if anything does.
fn why_not(
    layers: &[Layer<'_>],
    folder: &str,
    own: Option<usize>,
    target: Option<usize>,
    for_tests: bool,
) -> Option<&'static str> {
    let target_path = target.map_or("", |height| layers[height].path);
    if folder == "xtask" {
        return Some("the tool must run when everything else is broken");
    }
    if folder.starts_with("platform/") && target_path.starts_with("capabilities/") {
        return Some("the platform knows nothing of any capability");
    }
    if target_path == "platform/harness" && !for_tests && !folder.starts_with("platform/harness") {
        return Some("the test rig is for tests");
    }
    // Tests stand on the rig, which is the whole platform, and on the crate's own features.
    let for_tests = for_tests && (target_path.starts_with("platform/") || own == target);
    (own <= target && !for_tests)
        .then_some("it does not stand above it in the root's list of crates")
}

/// A dependency as a crate's manifest names it.
pub struct Need {
    pub name: String,
    pub line: usize,
    pub for_tests: bool,
}

/// The dependencies a manifest names, with where they stand in it.
pub fn needs(manifest: &File) -> Vec<Need> {
    let mut section = "";
    let mut needs = Vec::new();
    for (line, text) in manifest.lines() {
        if let Some(title) = text.strip_prefix('[') {
            section = title.trim_end().trim_end_matches(']');
            continue;
        }
        let listed = section.ends_with("dependencies") && !section.starts_with("workspace");
        let name = text.split(['.', ' ', '=']).next().unwrap_or_default();
        if listed && !name.is_empty() && !name.starts_with('#') {
            let for_tests = section.ends_with("dev-dependencies");
            needs.push(Need { name: name.to_owned(), line, for_tests });
        }
    }
    needs
}

/// `pub use` of another crate of ours would let a third one reach past its layer.
pub fn no_tunnels(tree: &Tree) -> Vec<Breach> {
    let layers = layers(tree);
    let mut breaches = Vec::new();
    for file in tree.rust().filter(|file| !file.is_test()) {
        let code = RustText::new(&file.text).only(Kind::Code);
        for (index, line) in code.iter().enumerate() {
            let Some(used) = line.trim().strip_prefix("pub use ") else { continue };
            let first = used.split([':', ';', ' ']).next().unwrap_or_default();
            let another = |layer: &&Layer<'_>| {
                layer.name == first && !file.path.starts_with(&format!("{}/", layer.path))
            };
            if let Some(layer) = layers.iter().find(another) {
                let what = format!("hands on what belongs to {}", layer.name);
                breaches.push(Breach::new(file, index + 1, what));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace.dependencies]\n\
        kernel = { path = \"platform/kernel\" }\n\
        web = { path = \"platform/web\" }\n\
        requests = { path = \"capabilities/requests\" }\n\
        briefing = { path = \"capabilities/briefing\" }\n\
        harness = { path = \"platform/harness\" }\n";

    fn refused(folder: &str, manifest: &str) -> usize {
        let path = format!("{folder}/Cargo.toml");
        dependencies_point_down(&Tree::of(&[("Cargo.toml", ROOT), (&path, manifest)])).len()
    }

    #[test]
    fn a_crate_uses_only_what_stands_below_it() {
        assert_eq!(refused("platform/web", "[dependencies]\nkernel.workspace = true\n"), 0);
        assert_eq!(refused("platform/kernel", "[dependencies]\nweb.workspace = true\n"), 1);
        assert_eq!(
            refused("capabilities/briefing", "[dependencies]\nrequests.workspace = true\n"),
            0
        );
        assert_eq!(
            refused("capabilities/requests", "[dependencies]\nbriefing = { workspace = true }\n"),
            1
        );
        assert_eq!(
            refused("lianhu", "[dependencies]\nbriefing.workspace = true\nserde = \"1\"\n"),
            0
        );
    }

    #[test]
    fn the_platform_knows_no_capability_and_the_tool_knows_nobody() {
        assert_eq!(refused("platform/harness", "[dependencies]\nrequests.workspace = true\n"), 1);
        assert_eq!(refused("xtask", "[dependencies]\nkernel.workspace = true\n"), 1);
    }

    #[test]
    fn the_test_rig_is_for_tests() {
        assert_eq!(refused("platform/web", "[dev-dependencies]\nharness.workspace = true\n"), 0);
        assert_eq!(refused("platform/web", "[dev-dependencies]\nweb = { path = \".\" }\n"), 0);
        assert_eq!(refused("lianhu", "[dependencies]\nharness.workspace = true\n"), 1);
    }

    #[test]
    fn a_room_may_be_a_file_or_a_folder() {
        let full: Vec<String> = ROOMS
            .iter()
            .map(|room| match *room {
                "templates" | "migrations" | "tests" => format!("capabilities/a/{room}/x"),
                "src/rules.rs" => "capabilities/a/src/rules/clock.rs".to_owned(),
                room => format!("capabilities/a/{room}"),
            })
            .collect();
        let tree = |skipped: usize| {
            let rooms = full.iter().enumerate().filter(|(index, _)| *index != skipped);
            Tree::of(&rooms.map(|(_, room)| (room.as_str(), "")).collect::<Vec<_>>())
        };
        assert_eq!(capabilities_have_their_rooms(&tree(ROOMS.len())), []);
        for (room, name) in ROOMS.iter().enumerate().skip(1) {
            assert_eq!(capabilities_have_their_rooms(&tree(room)).len(), 1, "{name}");
        }
    }

    #[test]
    fn nobody_hands_on_what_belongs_to_another() {
        let tree = Tree::of(&[
            ("Cargo.toml", ROOT),
            ("platform/web/src/lib.rs", "pub use kernel::Day;\npub use shell::Page;\n"),
            ("platform/kernel/src/lib.rs", "pub use day::Day;\n"),
        ]);
        assert_eq!(no_tunnels(&tree).len(), 1);
    }
}
