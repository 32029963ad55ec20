//! What a disk may hold after a power cut, worked out from the record of what was done.
//!
//! Sure are a file's bytes at its last sync, and a folder's names at its own. No more is sure:
//! a synced file has no name unless its folder was synced too. Of the rest anything may be there:
//! of the pages written since, any, the last of them torn between two sectors; of the changes of
//! names since, the first few, since file systems write these in order.

use crate::chance::Chance;
use crate::record::{Record, Step};
use crate::tree::Tree;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

const PAGE: usize = 4096;
const SECTOR: usize = 512;

pub struct Disk {
    root: PathBuf,
    nodes: Vec<Node>,
    /// The newest node of each.
    inodes: HashMap<u64, usize>,
    steps: usize,
}

enum Node {
    File(File),
    Folder(Folder),
}

#[derive(Default)]
struct File {
    sure: Vec<u8>,
    unsure: Vec<Change>,
}

enum Change {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Default)]
struct Folder {
    first: BTreeMap<String, usize>,
    /// With the number of the step.
    changes: Vec<(usize, String, Option<usize>)>,
    /// Steps before the last sync.
    sure_steps: usize,
}

impl File {
    fn whole(&self) -> Vec<u8> {
        let mut bytes = self.sure.clone();
        self.unsure.iter().for_each(|change| change.apply(&mut bytes));
        bytes
    }

    fn sync(&mut self) {
        let unsure = std::mem::take(&mut self.unsure);
        unsure.iter().for_each(|change| change.apply(&mut self.sure));
    }

    /// Of all that is not sure, each page by a chance of one in `rare`.
    fn left(&self, chance: &mut Chance, rare: usize) -> Vec<u8> {
        let mut left = self.sure.clone();
        for change in &self.unsure {
            let Change::Bytes { at, bytes } = change else {
                if chance.one_in(rare) {
                    change.apply(&mut left);
                }
                continue;
            };
            let end = at + bytes.len();
            let mut start = *at;
            while start < end {
                let page_end = (start / PAGE * PAGE + PAGE).min(end);
                let torn = start / SECTOR * SECTOR + SECTOR * (1 + chance.below(7));
                let upto = if chance.one_in(8) { torn.min(page_end) } else { page_end };
                if chance.one_in(rare) {
                    let bytes = bytes[start - at..upto - at].to_vec();
                    Change::Bytes { at: start, bytes }.apply(&mut left);
                }
                start = page_end;
            }
        }
        left
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Change::Length(length) => to.resize(*length, 0),
            Change::Bytes { at, bytes } => {
                let end = at + bytes.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                to[*at..end].copy_from_slice(bytes);
            }
        }
    }
}

impl Folder {
    /// The names after so many steps.
    fn names(&self, steps: usize) -> BTreeMap<&str, usize> {
        let mut names: BTreeMap<&str, usize> =
            self.first.iter().map(|(name, node)| (name.as_str(), *node)).collect();
        for (_, name, node) in self.changes.iter().filter(|(step, ..)| *step < steps) {
            match node {
                Some(node) => names.insert(name, *node),
                None => names.remove(name.as_str()),
            };
        }
        names
    }
}

impl Disk {
    /// A disk with what is in a folder, all of it sure.
    pub fn of(folder: &Path) -> Disk {
        let root = folder.canonicalize().expect("a folder");
        let mut disk = Disk { root, nodes: Vec::new(), inodes: HashMap::new(), steps: 0 };
        disk.load(folder);
        disk
    }

    fn load(&mut self, path: &Path) -> usize {
        let found = fs::metadata(path).expect("there");
        if !found.is_dir() {
            let sure = fs::read(path).expect("a file");
            return self.add(found.ino(), Node::File(File { sure, ..File::default() }));
        }
        let node = self.add(found.ino(), Node::Folder(Folder::default()));
        let names = fs::read_dir(path).expect("a folder").map(|name| name.expect("a name"));
        let first = names.map(|name| {
            let text = name.file_name().into_string().expect("a name of ours");
            (text, self.load(&name.path()))
        });
        let first = first.collect();
        self.nodes[node] = Node::Folder(Folder { first, ..Folder::default() });
        node
    }

    fn add(&mut self, inode: u64, node: Node) -> usize {
        self.nodes.push(node);
        self.inodes.insert(inode, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    pub fn apply(&mut self, record: Record) {
        match record.step {
            Step::Create { path } => {
                let node = self.add(record.inode, Node::File(File::default()));
                self.name(&path, Some(node));
            }
            Step::MakeFolder { path } => {
                let node = self.add(record.inode, Node::Folder(Folder::default()));
                self.name(&path, Some(node));
            }
            Step::Rename { from, to } => {
                let node = self.find(&from);
                self.name(&from, None);
                self.name(&to, Some(node));
            }
            Step::Remove { path } => self.name(&path, None),
            Step::Write { at, bytes } => {
                self.file(record.inode).unsure.push(Change::Bytes { at, bytes });
            }
            Step::Length { length } => self.file(record.inode).unsure.push(Change::Length(length)),
            Step::Sync => match &mut self.nodes[self.inodes[&record.inode]] {
                Node::File(file) => file.sync(),
                Node::Folder(folder) => folder.sure_steps = self.steps,
            },
        }
        self.steps += 1;
    }

    fn file(&mut self, inode: u64) -> &mut File {
        match &mut self.nodes[self.inodes[&inode]] {
            Node::File(file) => file,
            Node::Folder(_) => panic!("a folder is written to"),
        }
    }

    /// Gives a node a name, or takes the name away.
    fn name(&mut self, path: &Path, node: Option<usize>) {
        let folder = self.find(path.parent().expect("below the root"));
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name of ours");
        let Node::Folder(folder) = &mut self.nodes[folder] else { panic!("names in a file") };
        folder.changes.push((self.steps, name.to_owned(), node));
    }

    fn find(&self, path: &Path) -> usize {
        let below = path.strip_prefix(&self.root).expect("below the root");
        below.components().fold(0, |node, name| {
            let (Node::Folder(folder), Component::Normal(name)) = (&self.nodes[node], name) else {
                panic!("{} is not there", path.display());
            };
            let name = name.to_str().expect("a name of ours");
            *folder.names(usize::MAX).get(name).expect("there")
        })
    }

    /// What the process saw.
    pub fn whole(&self) -> Tree {
        let mut tree = Tree::default();
        self.collect(0, Path::new(""), usize::MAX, &mut |file| file.whole(), &mut tree);
        tree
    }

    /// What is left when nothing is but what is sure.
    pub fn sure(&self) -> Tree {
        let mut tree = Tree::default();
        self.collect(0, Path::new(""), 0, &mut |file| file.sure.clone(), &mut tree);
        tree
    }

    /// What may be left.
    pub fn left(&self, chance: &mut Chance) -> Tree {
        let mut tree = Tree::default();
        let steps = if chance.one_in(2) { self.steps } else { chance.below(self.steps + 1) };
        let rare = *chance.pick(&[1, 2, 8]);
        self.collect(0, Path::new(""), steps, &mut |file| file.left(chance, rare), &mut tree);
        tree
    }

    fn collect(
        &self,
        node: usize,
        at: &Path,
        steps: usize,
        bytes: &mut dyn FnMut(&File) -> Vec<u8>,
        tree: &mut Tree,
    ) {
        match &self.nodes[node] {
            Node::File(file) => tree.add_file(at, bytes(file)),
            Node::Folder(folder) => {
                tree.add_folder(at);
                for (name, node) in folder.names(steps.max(folder.sure_steps)) {
                    self.collect(node, &at.join(name), steps, bytes, tree);
                }
            }
        }
    }
}
