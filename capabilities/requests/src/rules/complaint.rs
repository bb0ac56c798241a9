//! Who hears a complaint about a colleague (R21). It is the secretary's, whom the policy shows
//! every such complaint but one about themselves; where no other secretary is left, somebody is
//! asked by name, so that it never reaches nobody.

use uuid::Uuid;

/// Somebody who works here, with the words of their roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    pub account: Uuid,
    pub roles: Vec<&'static str>,
}

/// Who is asked when no secretary may hear it: the administrator, whom the layer above appoints;
/// then a clerk; then a grid head.
const INSTEAD: [&str; 3] = ["administrator", "clerk", "grid_head"];

/// Whom to ask by name; none where a secretary hears it anyway, and where there is nobody but
/// the accused and the recorder, who leads it.
pub fn hears(accused: Uuid, staff: &[Colleague]) -> Option<Uuid> {
    let others = || staff.iter().filter(|one| one.account != accused);
    if others().any(|one| one.roles.contains(&"secretary")) {
        return None;
    }
    INSTEAD
        .iter()
        .find_map(|role| others().find(|one| one.roles.contains(role)))
        .map(|one| one.account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staff(all: &[(u128, &[&'static str])]) -> Vec<Colleague> {
        let one = |(id, roles): &(u128, &[&'static str])| Colleague {
            account: Uuid::from_u128(*id),
            roles: roles.to_vec(),
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn r21_a_complaint_reaches_somebody_who_is_not_the_accused() {
        let office: &[(u128, &[&'static str])] = &[
            (1, &["liaison"]),
            (2, &["grid_head"]),
            (3, &["clerk"]),
            (4, &["secretary"]),
            (5, &["administrator"]),
        ];
        let of = |numbers: &[u128]| -> Vec<Colleague> {
            let here = office.iter().filter(|(id, _)| numbers.contains(id));
            staff(&here.copied().collect::<Vec<_>>())
        };
        for (accused, who, expected) in [
            // Anybody but the secretary: the secretary sees it without being asked.
            (1, of(&[1, 2, 3, 4, 5]), None),
            (2, of(&[1, 2, 3, 4, 5]), None),
            (3, of(&[1, 2, 3, 4, 5]), None),
            (5, of(&[1, 2, 3, 4, 5]), None),
            (4, of(&[1, 2, 3, 4, 5]), Some(5)),
            (4, of(&[1, 2, 3, 4]), Some(3)),
            (4, of(&[1, 2, 4]), Some(2)),
            // Only the recorder is left, who leads it.
            (4, of(&[1, 4]), None),
            // Without a secretary nobody would see it by role.
            (3, of(&[1, 2, 3, 5]), Some(5)),
            (5, of(&[1, 2, 3, 5]), Some(3)),
        ] {
            let hears = hears(Uuid::from_u128(accused), &who);
            assert_eq!(hears, expected.map(Uuid::from_u128), "{accused} of {who:?}");
        }
    }

    #[test]
    fn r21_the_other_of_two_secretaries_hears_it() {
        let two = staff(&[(4, &["secretary"]), (5, &["administrator"]), (6, &["secretary"])]);
        assert_eq!(hears(Uuid::from_u128(4), &two), None);
    }
}
