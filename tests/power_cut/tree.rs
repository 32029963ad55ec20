//! The files of a folder, in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// `None`: a folder. Paths from the root on, which is empty.
#[derive(Default, PartialEq)]
pub struct Tree(BTreeMap<PathBuf, Option<Vec<u8>>>);

impl Tree {
    pub fn add_file(&mut self, at: &Path, bytes: Vec<u8>) {
        self.0.insert(at.to_owned(), Some(bytes));
    }

    pub fn add_folder(&mut self, at: &Path) {
        self.0.insert(at.to_owned(), None);
    }

    pub fn read(folder: &Path) -> Tree {
        let mut tree = Tree::default();
        tree.read_below(folder, Path::new(""));
        tree
    }

    fn read_below(&mut self, root: &Path, at: &Path) {
        self.add_folder(at);
        for name in fs::read_dir(root.join(at)).expect("a folder") {
            let name = name.expect("a name");
            let path = at.join(name.file_name());
            if name.file_type().expect("known").is_dir() {
                self.read_below(root, &path);
            } else {
                self.add_file(&path, fs::read(name.path()).expect("a file"));
            }
        }
    }

    /// Into a folder that is empty.
    pub fn write(&self, folder: &Path) {
        for (path, bytes) in self.0.iter().filter(|(path, _)| path.iter().next().is_some()) {
            let written = match bytes {
                Some(bytes) => fs::write(folder.join(path), bytes),
                None => fs::create_dir(folder.join(path)),
            };
            written.expect("written");
        }
    }

    /// Paths at which they differ.
    pub fn differences<'a>(&'a self, other: &'a Tree) -> Vec<&'a Path> {
        let paths = self.0.keys().chain(other.0.keys());
        let mut paths: Vec<&Path> = paths.map(PathBuf::as_path).collect();
        paths.sort_unstable();
        paths.dedup();
        paths.retain(|path| self.0.get(*path) != other.0.get(*path));
        paths
    }
}
