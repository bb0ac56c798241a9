//! The picture of a compound and of a building: where each block and each door is drawn, in units of
//! our own. Pure.

/// Blocks in a row where nothing else is said: on a phone of 320 px each is still a finger wide.
const ACROSS: u16 = 4;

/// The largest row or place that can be given; more would not fit on a sheet.
pub const PLOT_MAX: u16 = 12;

/// A block with the way around it.
const BLOCK: (u16, u16) = (120, 104);

/// Doors of one floor beside each other; more go into another line of the same floor.
const DOORS_ACROSS: usize = 4;

/// A door, and the strip at the left that names the floor.
const DOOR: (usize, usize) = (104, 66);
const FLOOR_STRIP: usize = 56;

/// Where a building stands, as the register says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Plot {
    pub row: Option<u16>,
    pub place: Option<u16>,
}

/// A drawn block: its corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corner {
    pub x: u16,
    pub y: u16,
}

/// The size of a picture and the corner of each block, in the order given.
#[derive(Debug, PartialEq, Eq)]
pub struct Laid {
    pub width: u16,
    pub height: u16,
    pub corners: Vec<Corner>,
}

/// Places every block: those with a row and place there, the others in order wherever it is free.
pub fn lay_out(plots: &[Plot]) -> Laid {
    let given = |plot: &Plot| Some((plot.row?.clamp(1, PLOT_MAX), plot.place?.clamp(1, PLOT_MAX)));
    let mut taken: Vec<(u16, u16)> = Vec::new();
    let fixed: Vec<Option<(u16, u16)>> = plots
        .iter()
        .map(|plot| {
            let cell = given(plot).filter(|cell| !taken.contains(cell))?;
            taken.push(cell);
            Some(cell)
        })
        .collect();
    let across = taken.iter().map(|(_, place)| *place).fold(ACROSS, u16::max);
    let mut free = (1..u16::MAX).flat_map(|row| (1..=across).map(move |place| (row, place)));
    let cells: Vec<(u16, u16)> = fixed
        .into_iter()
        .map(|cell| cell.or_else(|| free.find(|cell| !taken.contains(cell))).unwrap_or((1, 1)))
        .collect();
    let rows = cells.iter().map(|(row, _)| *row).fold(1, u16::max);
    let corner = |(row, place): &(u16, u16)| Corner {
        x: (place - 1).saturating_mul(BLOCK.0),
        y: (row - 1).saturating_mul(BLOCK.1),
    };
    Laid {
        width: across.saturating_mul(BLOCK.0),
        height: rows.saturating_mul(BLOCK.1),
        corners: cells.iter().map(corner).collect(),
    }
}

/// The floor a room's number tells where nobody said it: 401 lies on the fourth, 1203 on the twelfth.
pub fn floor_of(room: &str, said: Option<i16>) -> Option<i16> {
    if said.is_some() {
        return said;
    }
    let digits: String = room.chars().take_while(char::is_ascii_digit).collect();
    let tells = (3..=4).contains(&digits.len()) && digits.len() == room.chars().count();
    let floor = digits.get(..digits.len().saturating_sub(2))?;
    floor.parse().ok().filter(|floor| tells && *floor > 0)
}

/// Where a door is drawn, and the line of its floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    pub x: usize,
    pub y: usize,
    /// Its place in what was given.
    pub door: usize,
}

/// The doors behind one entrance, the top floor first; doors of no known floor stand at the bottom.
#[derive(Debug, PartialEq, Eq)]
pub struct Front {
    pub width: usize,
    pub height: usize,
    /// Floors with the upper edge of their line; none for unknown ones.
    pub floors: Vec<(Option<i16>, usize)>,
    pub doors: Vec<Drawn>,
}

/// Draws the doors of these floors, which come in the order of their rooms. Floors without doors are
/// drawn too, where the building is known to have them.
pub fn front(doors: &[Option<i16>], floors: Option<u16>) -> Front {
    let mut levels: Vec<Option<i16>> = doors.to_vec();
    let top = floors.and_then(|floors| i16::try_from(floors.min(FLOORS_MAX)).ok()).unwrap_or(0);
    levels.extend((1..=top).map(Some));
    levels.sort_unstable_by(|one, other| other.cmp(one));
    levels.dedup();
    let (mut front, mut y) = (Front { width: 0, height: 0, floors: vec![], doors: vec![] }, 0);
    let mut widest = 1;
    for level in levels {
        front.floors.push((level, y));
        let here = (0..doors.len()).filter(|door| doors[*door] == level);
        let mut drawn = 0;
        for door in here {
            let (line, place) = (drawn / DOORS_ACROSS, drawn % DOORS_ACROSS);
            let x = FLOOR_STRIP + place * DOOR.0;
            front.doors.push(Drawn { x, y: y + line * DOOR.1, door });
            drawn += 1;
            widest = widest.max(place + 1);
        }
        y += drawn.div_ceil(DOORS_ACROSS).max(1) * DOOR.1;
    }
    front.width = FLOOR_STRIP + widest * DOOR.0;
    front.height = y;
    front
}

/// Floors drawn at most: the tallest houses of the country that people live in have fewer.
pub const FLOORS_MAX: u16 = 120;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(row: u16, place: u16) -> Plot {
        Plot { row: Some(row), place: Some(place) }
    }

    #[test]
    fn blocks_follow_each_other_four_in_a_row() {
        let laid = lay_out(&[Plot::default(); 6]);
        assert_eq!((laid.width, laid.height), (480, 208));
        let corner = |x, y| Corner { x, y };
        assert_eq!(laid.corners[3], corner(360, 0));
        assert_eq!(laid.corners[4], corner(0, 104));
        assert_eq!(lay_out(&[]).corners, []);
    }

    #[test]
    fn a_block_stands_where_the_register_says_and_the_others_around_it() {
        let laid = lay_out(&[Plot::default(), at(1, 1), at(2, 6), at(1, 1), Plot::default()]);
        let corner = |x, y| Corner { x, y };
        assert_eq!(laid.width, 720);
        assert_eq!(laid.corners[1], corner(0, 0));
        assert_eq!(laid.corners[0], corner(120, 0));
        assert_eq!(laid.corners[2], corner(600, 104));
        // Two cannot stand in one place: the later one follows the others.
        assert_eq!(laid.corners[3], corner(240, 0));
        let distinct: std::collections::BTreeSet<_> =
            laid.corners.iter().map(|corner| (corner.x, corner.y)).collect();
        assert_eq!(distinct.len(), 5);
        // Rows and places out of all measure are held to the sheet.
        assert_eq!(lay_out(&[at(9_999, 0)]).corners[0], corner(0, 11 * 104));
    }

    #[test]
    fn a_room_tells_its_floor() {
        for (room, said, floor) in [
            ("401", None, Some(4)),
            ("1203", None, Some(12)),
            ("401", Some(5), Some(5)),
            ("12", None, None),
            ("012", None, None),
            ("A401", None, None),
            ("401东", None, None),
            ("地下室", Some(-1), Some(-1)),
        ] {
            assert_eq!(floor_of(room, said), floor, "{room}");
        }
    }

    #[test]
    fn the_top_floor_is_drawn_first_and_empty_ones_too() {
        let front = front(&[Some(1), Some(1), Some(3), None], Some(3));
        let tops: Vec<_> = front.floors.clone();
        assert_eq!(tops, [(Some(3), 0), (Some(2), 66), (Some(1), 132), (None, 198)]);
        assert_eq!(front.height, 264);
        assert_eq!(front.width, 56 + 2 * 104);
        let first = front.doors.iter().find(|drawn| drawn.door == 1).unwrap();
        assert_eq!((first.x, first.y), (160, 132));
    }

    #[test]
    fn a_long_corridor_goes_on_below() {
        let front = front(&[Some(1); 9], None);
        assert_eq!(front.width, 56 + 4 * 104);
        assert_eq!(front.height, 3 * 66);
        assert_eq!(front.doors.len(), 9);
    }
}
