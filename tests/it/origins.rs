//! What was learnt is what the file beside it says where it comes from.

fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_was_learnt_of_topics_and_stories_is_what_its_origin_is_told_of() {
    let topics = include_str!("../../data/topics/weights.toml");
    let topics: toml::Table = topics.parse().expect("valid");
    let weights = sha256(include_bytes!("../../data/topics/weights.bin"));
    assert_eq!(topics["sha256"].as_str(), Some(weights.as_str()));

    let story: toml::Table = include_str!("../../data/story/origin.toml").parse().expect("valid");
    for (name, bytes) in [
        ("model.tsv", include_bytes!("../../data/story/model.tsv").as_slice()),
        ("terms.tsv", include_bytes!("../../data/story/terms.tsv")),
    ] {
        assert_eq!(story["sha256"][name].as_str(), Some(sha256(bytes).as_str()), "{name}");
    }
}
