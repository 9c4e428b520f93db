#include "cli/completion.hpp"

#include "cli/support/program.hpp"

// zsh runs the bash script through its own bashcompinit.
namespace cogpp::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string bash_script(const std::vector<CompletionCommand>& commands) {
  std::vector<std::string> names;
  std::string cases;
  for (const CompletionCommand& command : commands) {
    names.push_back(command.name);
    cases += "    " + command.name + ") words='" + joined(command.flags) + "' ;;\n";
  }
  const std::string program = program_name();
  return "_" + program +
         "() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} words\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases + "    *) words='" + joined(names) +
         "' ;;\n"
         "  esac\n"
         "  [ \"$COMP_CWORD\" -eq 1 ] && words='" +
         joined(names) +
         "'\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _" +
         program + " " + program + "\n";
}

std::string fish_script(const std::vector<CompletionCommand>& commands) {
  std::string script;
  for (const CompletionCommand& command : commands) {
    script += "complete -c " + program_name() + " -n __fish_use_subcommand -f -a " + command.name +
              " -d '" + command.description + "'\n";
    for (const std::string& flag : command.flags) {
      const bool is_long = flag.starts_with("--");
      script += "complete -c " + program_name() + " -n '__fish_seen_subcommand_from " +
                command.name + "' " + (is_long ? "-l " + flag.substr(2) : "-s " + flag.substr(1)) +
                "\n";
    }
  }
  return script;
}

}  // namespace

std::string completion_script(const std::string& shell,
                              const std::vector<CompletionCommand>& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh")
    return "autoload -U +X bashcompinit && bashcompinit\n" + bash_script(commands);
  if (shell == "fish") return fish_script(commands);
  return {};
}

}  // namespace cogpp::cli
