//! A place in a list as an opaque text: whoever wants the next page sends it back unread.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gate::Refusal;
use kernel::Fault;
use uuid::Uuid;

/// The text of the place behind this request.
pub fn write(last: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(last.as_bytes())
}

/// The place a text stands for.
///
/// # Errors
/// `fault.not_a_cursor` on the field `cursor`.
pub fn read(text: &str) -> Result<Uuid, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let id = bytes.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    id.ok_or_else(|| Refusal::field("cursor", Fault::new("fault.not_a_cursor")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_and_nothing_else_is_a_place() {
        let id = Uuid::from_u128(0x018b_cfe5_687b_774b_abab_abab_abab_abab);
        assert_eq!(read(&write(id)).unwrap(), id);
        for text in ["", "7", "不是", "AAAA", "018bcfe5-687b-774b-abab-abababababab"] {
            assert!(matches!(read(text), Err(Refusal::Invalid(_))), "{text}");
        }
    }
}
