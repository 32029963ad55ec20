fn main() -> std::process::ExitCode {
    countywire::cli::main()
}
