use clap::CommandFactory;
use ocsf_cli::args::Cli;

use crate::Sandbox;

#[test]
fn short_help_fits_a_small_terminal() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["-h"]);
    command.env("COLUMNS", "80");
    let said = crate::Said::of(command);
    assert!(said.out.lines().count() < 24, "{}", said.out);
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    assert_eq!((said.status, said.err.as_str()), (0, ""));
}

#[test]
fn the_manual() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!("ocsf", sandbox.run(&["--help"]));
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        insta::assert_snapshot!(name, sandbox.run(&[name, "--help"]));
    }
}

#[test]
fn every_flag_has_its_variable() {
    let command = Cli::command();
    for command in command.get_subcommands().chain([&command]) {
        for flag in command.get_arguments() {
            let Some(long) = flag.get_long().filter(|long| !["help", "version"].contains(long)) else {
                continue;
            };
            let expected = format!("OCSF_{}", long.to_uppercase().replace('-', "_"));
            assert_eq!(flag.get_env().and_then(|name| name.to_str()), Some(expected.as_str()), "--{long}");
            assert!(flag.get_help().is_some(), "--{long}");
        }
    }
}

#[test]
fn the_command_line_makes_sense_to_clap() {
    Cli::command().debug_assert();
}

#[test]
fn usage_errors_are_the_users() {
    let sandbox = Sandbox::new();
    sandbox.run(&["convert", "x", "--out", "y", "--memory", "5 apples"]).check(
        2,
        "",
        "error: invalid value '5 apples' for '--memory <SIZE>': expected bytes, or a number with KiB, MiB, GiB, KB, \
         MB or GB\n\nFor more information, try '--help'.\n",
    );
    for wrong in [
        ["--compression", "zstd:23"],
        ["--max-rejects", "101%"],
        ["--account", "12"],
        ["--lake-region", "../x"],
        ["--since", "yesterday"],
        ["--source-name", "ct-api-activity=a/b"],
        ["--source-name", "ct-api-activity=a-name-of-many-letters"],
        ["--ocsf", "0.9.0"],
        ["--threads", "0"],
    ] {
        let said = sandbox.run(&["convert", "x", "--out", "y", wrong[0], wrong[1]]);
        assert_eq!(said.status, 2, "{wrong:?}: {said}");
        assert!(said.err.starts_with("error: invalid value"), "{said}");
    }
}

#[test]
fn pages_and_completions_are_made() {
    let sandbox = Sandbox::new();
    sandbox.run(&["man", "--out", "man"]).check(0, "", "");
    let mut pages: Vec<String> = std::fs::read_dir(sandbox.path("man"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let mut expected: Vec<String> =
        Cli::command().get_subcommands().map(|command| format!("ocsf-{}.1", command.get_name())).collect();
    expected.push("ocsf.1".to_owned());
    expected.sort();
    assert_eq!(pages, expected);
    let page = std::fs::read_to_string(sandbox.path("man/ocsf-convert.1")).unwrap();
    assert!(page.contains("OCSF_ROW_GROUP_BYTES"), "variables are in the manual");
    assert!(sandbox.run(&["man"]).out.starts_with(".ie"));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = sandbox.run(&["completions", shell]);
        assert!(said.status == 0 && said.out.contains("row-group-bytes"), "{shell}");
    }
}
