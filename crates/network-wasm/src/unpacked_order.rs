//! An order whose ZIP archive is opened: its members stand in place of it.

use std::collections::BTreeMap;
use std::io::Cursor;

use fathom_core::depth::{FileUse, Role, parse_name};
use fathom_decode::Limits;
use fathom_decode::zip_archive::Directory;
use fathom_engine::file_set::may_be_depth;
use fathom_engine::network::{
    HEAD_BYTES, NetworkFile, NetworkFileKind, NetworkUse, StudyOrder, StudyProblem, network_use,
};

use crate::study_files::{FileBytes, refused};

/// Numbers of members begin here: files on disk have smaller ones.
const FIRST_MEMBER: u32 = 3 << 30;

/// An archive with its directory.
struct Archive {
    bytes: Vec<u8>,
    directory: Directory,
}

impl Archive {
    fn member(&self, index: u32) -> Result<Vec<u8>, String> {
        let archive = Cursor::new(&self.bytes);
        let bytes = self.directory.extract(archive, index, &Limits::default());
        bytes.map_err(|error| error.to_string())
    }
}

/// The order with members in place of archives, and the bytes of both.
pub(crate) struct UnpackedOrder<'a> {
    pub(crate) order: StudyOrder,
    files: &'a dyn FileBytes,
    archives: Vec<Archive>,
    /// Archive and member by number.
    members: BTreeMap<u32, (usize, u32)>,
}

impl<'a> UnpackedOrder<'a> {
    /// Opens the archives of an order.
    pub(crate) fn new(order: &StudyOrder, files: &'a dyn FileBytes) -> Result<Self, StudyProblem> {
        let is_archive = |file: &&NetworkFile| file.kind == NetworkFileKind::Archive;
        let mut out = Self {
            order: order.clone(),
            files,
            archives: Vec::new(),
            members: BTreeMap::new(),
        };
        out.order.files.retain(|file| !is_archive(&file));
        let mut added = Vec::new();
        for file in order.files.iter().filter(is_archive) {
            let refuse = |why: String| refused(file, why);
            let bytes = files.bytes(file.source).map_err(refuse)?;
            let directory = Directory::read(Cursor::new(&bytes), &Limits::default())
                .map_err(|error| refused(file, error))?;
            let archive = Archive { bytes, directory };
            added.extend(out.members_of(&archive).map_err(refuse)?);
            out.archives.push(archive);
        }
        let has = |files: &[NetworkFile], kind| files.iter().any(|file| file.kind == kind);
        // Images beside an archive replace those in it. Ground truth in it replaces that of the page.
        let own_frames = has(&out.order.files, NetworkFileKind::Frame);
        added.retain(|file| file.kind != NetworkFileKind::Frame || !own_frames);
        if has(&added, NetworkFileKind::Truth) {
            let files = &mut out.order.files;
            files.retain(|file| file.kind != NetworkFileKind::Truth);
            out.order.truth_encoding = None;
        }
        out.order.files.extend(added);
        Ok(out)
    }

    /// The members that a study uses, by path.
    fn members_of(&mut self, archive: &Archive) -> Result<Vec<NetworkFile>, String> {
        let mut members: Vec<_> = archive.directory.members.iter().collect();
        members.sort_by(|a, b| a.path.cmp(&b.path));
        let mut out = Vec::new();
        for member in members {
            let Some(kind) = member_kind(&member.path, || archive.member(member.index))? else {
                continue;
            };
            let source = FIRST_MEMBER + u32::try_from(self.members.len()).unwrap_or_default();
            let place = (self.archives.len(), member.index);
            self.members.insert(source, place);
            let name = member.path.rsplit('/').next().unwrap_or(&member.path);
            out.push(NetworkFile {
                source,
                name: name.to_owned(),
                kind,
            });
        }
        Ok(out)
    }
}

/// The kind of a member. Only files whose name does not tell it are unpacked.
fn member_kind(
    path: &str,
    bytes: impl FnOnce() -> Result<Vec<u8>, String>,
) -> Result<Option<NetworkFileKind>, String> {
    let found = match network_use(path, &[]) {
        Some(found) => Some(found),
        None => {
            let mut head = bytes()?;
            head.truncate(HEAD_BYTES);
            network_use(path, &head)
        }
    };
    Ok(match found {
        Some(NetworkUse::Archive) => None,
        Some(found) => Some(found.kind()),
        None if !may_be_depth(path) => None,
        None => {
            let parsed = parse_name(path);
            let is_truth =
                !parsed.is_from_name || parsed.file_use == FileUse::Map(Role::GroundTruth);
            is_truth.then_some(NetworkFileKind::Truth)
        }
    })
}

impl FileBytes for UnpackedOrder<'_> {
    fn bytes(&self, source: u32) -> Result<Vec<u8>, String> {
        match self.members.get(&source) {
            Some(&(archive, member)) => self.archives[archive].member(member),
            None => self.files.bytes(source),
        }
    }
}
