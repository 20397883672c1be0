//! The pinned versions of external tools.
//!
//! Other files pin the rest: `Cargo.lock` the version of `wasm-bindgen`, which the command must equal, `tests/e2e/package-lock.json`
//! the browser driver, and `tests/golden/requirements.txt` the Python libraries.

/// Trunk, which turns `index.html` and the crate into the static site.
pub(crate) const TRUNK: &str = "0.21.14";

/// The npm package with `wasm-opt`. Those of distributions are often older than the WebAssembly that rustc writes.
pub(crate) const BINARYEN: &str = "130.0.0";

/// The oldest Node with all functions that the browser tests use (`node --test`, top-level `await`, `fs` promises).
pub(crate) const NODE_MIN_MAJOR: u32 = 20;

/// Debian's packages of the browsers.
pub(crate) const DEBIAN_CHROMIUM_PACKAGE: &str = "chromium";
pub(crate) const DEBIAN_FIREFOX_PACKAGE: &str = "firefox-esr";

/// The version that `wasm-opt --version` prints: the first number of the version of the npm package.
pub(crate) fn wasm_opt() -> &'static str {
    BINARYEN.split('.').next().unwrap_or(BINARYEN)
}

#[cfg(test)]
mod tests {
    #[test]
    fn wasm_opt_prints_one_number() {
        let version = super::wasm_opt();
        assert!(version.parse::<u32>().is_ok(), "{version}");
        assert!(super::BINARYEN.starts_with(version));
    }
}
