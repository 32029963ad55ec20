//! Elements that have lost what they showed: addresses that are not allowed go, and leave a
//! picture without a picture, or a player with nothing to play.

use crate::text::html::{self, Piece};
use memchr::memmem;

/// A `video`, `audio` or `picture` that is open.
struct Player {
    /// Where in what was written its start tag stands, and how long that is.
    start: usize,
    length: usize,
    is_picture: bool,
    shows: bool,
}

/// `safe`: as ammonia writes it. Players without anything go, what they hold stays.
///
/// Linear, times the depth of players in players.
pub(super) fn without(safe: String) -> String {
    if !may_be_in(&safe) {
        return safe;
    }
    let mut out = String::with_capacity(safe.len());
    let mut open: Vec<Player> = Vec::new();
    let mut copied = 0;
    let place = |part: &str| part.as_ptr() as usize - safe.as_ptr() as usize;
    for piece in html::pieces(&safe) {
        match piece {
            Piece::Open { name: name @ ("img" | "source"), attributes, tag } => {
                if has_address(attributes) {
                    if let Some(player) = open.last_mut() {
                        player.shows |= player.is_picture || name == "source";
                    }
                } else {
                    out.push_str(&safe[copied..place(tag)]);
                    copied = place(tag) + tag.len();
                }
            }
            Piece::Open { name: name @ ("video" | "audio" | "picture"), attributes, tag } => {
                out.push_str(&safe[copied..place(tag)]);
                copied = place(tag);
                open.push(Player {
                    start: out.len(),
                    length: tag.len(),
                    is_picture: name == "picture",
                    shows: has_address(attributes),
                });
            }
            Piece::Close { name: name @ ("video" | "audio" | "picture") } => {
                let Some(player) = open.pop().filter(|player| !player.shows) else { continue };
                out.push_str(&safe[copied..place(name) - "</".len()]);
                copied = place(name) + name.len() + ">".len();
                out.replace_range(player.start..player.start + player.length, "");
            }
            _ => {}
        }
    }
    out.push_str(&safe[copied..]);
    out
}

fn has_address(attributes: &str) -> bool {
    html::attribute_pairs(attributes).any(|(name, _)| name == "src")
}

/// Whether a look is worth it: most pictures begin with their address, and few texts have players.
fn may_be_in(safe: &str) -> bool {
    let bytes = safe.as_bytes();
    let has = |start: &str| memmem::find(bytes, start.as_bytes()).is_some();
    let bare = |at: usize| !bytes[at + "<img".len()..].starts_with(b" src=\"");
    memmem::find_iter(bytes, b"<img").any(bare)
        || ["<source", "<video", "<audio", "<picture"].into_iter().any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_goes_and_what_it_held_stays() {
        let cases = [
            ("<p>a<img>b</p>", "<p>ab</p>"),
            ("<p>a<img alt=\"src=x>\">b</p>", "<p>ab</p>"),
            ("<img alt=\"a\" src=\"x\">", "<img alt=\"a\" src=\"x\">"),
            ("<video controls=\"\"><source></video>b", "b"),
            ("<video controls=\"\"><source><p>a</p></video>b", "<p>a</p>b"),
            (
                "<video controls=\"\"><source><source src=\"x\"></video>",
                "<video controls=\"\"><source src=\"x\"></video>",
            ),
            ("<audio controls=\"\" src=\"x\"></audio>", "<audio controls=\"\" src=\"x\"></audio>"),
            ("<audio controls=\"\">a</audio>", "a"),
            ("<picture><source><img></picture>b", "b"),
            ("<picture><img src=\"x\"></picture>", "<picture><img src=\"x\"></picture>"),
            ("<video><img src=\"x\"></video>", "<img src=\"x\">"),
            ("<video>a<audio>b</audio>c</video>d", "abcd"),
            ("<video src=\"x\">a<audio>b</audio>c</video>d", "<video src=\"x\">abc</video>d"),
        ];
        for (html, expected) in cases {
            assert_eq!(without(html.to_owned()), expected, "{html}");
        }
    }
}
