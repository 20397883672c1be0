//! The one place where the versions of outside tools are pinned.
//!
//! Two pins live where their own tool insists on them, and are read from there: `wasm-bindgen` in `Cargo.lock` (the
//! command must be of the very version of the crate), and the browser driver in `tests/e2e/package-lock.json`.

/// Trunk, which turns `index.html` and the crate into the static site.
pub(crate) const TRUNK: &str = "0.21.14";

/// The npm package with `wasm-opt`. Distributions' own are often older than the WebAssembly that rustc writes.
pub(crate) const BINARYEN: &str = "130.0.0";

/// The oldest Node that has everything the browser tests use (`node --test`, top-level `await`, `fs` promises).
pub(crate) const NODE_MIN_MAJOR: u32 = 20;

/// Debian's packages of the browsers that the tests drive.
pub(crate) const DEBIAN_CHROMIUM_PACKAGE: &str = "chromium";
pub(crate) const DEBIAN_FIREFOX_PACKAGE: &str = "firefox-esr";

/// The version by which `wasm-opt --version` names itself: the first number of the npm package's.
pub(crate) fn wasm_opt() -> &'static str {
    BINARYEN.split('.').next().unwrap_or(BINARYEN)
}

#[cfg(test)]
mod tests {
    #[test]
    fn wasm_opt_names_itself_by_one_number() {
        let version = super::wasm_opt();
        assert!(version.parse::<u32>().is_ok(), "{version}");
        assert!(super::BINARYEN.starts_with(version));
    }
}
