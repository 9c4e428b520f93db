// CLI11 reports what it does not know as "remaining" words, so that the messages and
// suggestions are ours.
#include "cli/arguments.hpp"

#include <algorithm>
#include <optional>

#include "cli/arguments/command_line.hpp"
#include "cli/completion.hpp"
#include "cli/support/program.hpp"
#include "schema/edit_distance.hpp"

namespace cogpp::cli {
namespace {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
    for (const std::string& alias : command->get_aliases()) names.push_back(alias);
  }
  return names;
}

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// Words that people try for a command, besides mistyped names (cog-cli §1.1).
std::optional<std::string> synonym(const std::string& word) {
  if (word == "new" || word == "start") return "init";
  if (word == "infer") return predict_name();
  if (word == "http") return "serve";
  if (word == "auth" || word == "authenticate" || word == "authorize") return "login";
  return std::nullopt;
}

UsageError unknown_command(const CLI::App& app, const std::string& word) {
  std::string message = "unknown command \"" + word + "\" for \"" + program_name() + "\"";
  std::vector<std::string> names = command_names(app);
  std::optional<std::string> near = synonym(word);
  if (!near) near = schema::nearest_name(word, names);
  if (near) message += "\n\nDid you mean this?\n\t" + *near + "\n";
  return {"", message + "\nRun '" + program_name() + " --help' for usage."};
}

/// `cogpp weights pull`
std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent == nullptr ? "" : path_of(*parent) + " ") + command.get_name();
}

/// What was probably meant: the flag behind the command that has it, or one of a similar name.
std::optional<std::string> meant_flag(const CLI::App& command, const std::string& flag) {
  const CLI::App* predict =
      command.get_parent() == nullptr ? command.get_subcommand(predict_name()) : &command;
  if (std::ranges::count(flag_names(*predict), flag) > 0) return path_of(*predict) + " " + flag;
  constexpr std::size_t kOneLetter = 2;  // similar to all others of their kind
  if (flag.size() <= kOneLetter) return std::nullopt;
  return schema::nearest_name(flag, flag_names(command));
}

UsageError unknown_word(const CLI::App& command, const std::string& usage,
                        const std::string& word) {
  if (!word.starts_with('-') || word == "-") {
    return {usage, "unexpected argument \"" + word + "\" for \"" + path_of(command) + "\""};
  }
  const std::string flag = word.substr(0, word.find('='));
  std::string message = "unknown flag: " + flag;
  if (const auto near = meant_flag(command, flag)) {
    message += "\n\nDid you mean this?\n\t" + *near;
  }
  return {usage, message};
}

std::vector<CompletionCommand> completion_commands(const CLI::App& app) {
  std::vector<CompletionCommand> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back({command->get_name(), command->get_description(), flag_names(*command)});
  }
  return commands;
}

using Parsed = std::variant<Arguments, UsageError>;

Parsed help_for(const CLI::App& app, const Draft& draft) {
  if (draft.help_command.empty()) return Arguments{draft.global, PrintOptions{app.help()}};
  const std::string wanted = draft.help_command == "predict" ? predict_name() : draft.help_command;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(wanted)) {
      return Arguments{draft.global, PrintOptions{command->help(program_name())}};
    }
  }
  return unknown_command(app, draft.help_command);
}

Parsed completion_for(const CLI::App& app, const Draft& draft) {
  const std::string script = completion_script(draft.shell, completion_commands(app));
  if (script.empty()) {
    return UsageError{"", "unknown shell \"" + draft.shell + "\"; known ones are bash, zsh, fish"};
  }
  return Arguments{draft.global, PrintOptions{script}};
}

/// The first word is the command; what stands before it are cogpp's own flags.
Parsed exec_arguments(Draft& draft, std::vector<std::string> words, const CLI::App& command) {
  if (words.empty()) {
    return UsageError{command.help(program_name()), "exec needs a command to run"};
  }
  if (words.front().starts_with('-')) {
    return unknown_word(command, command.help(program_name()), words.front());
  }
  draft.exec.command = std::move(words);
  return Arguments{draft.global, draft.exec};
}

/// The command, or its own subcommand that was named.
const CLI::App& innermost(const CLI::App& command) {
  const std::vector<CLI::App*> chosen = command.get_subcommands();
  return chosen.empty() ? command : *chosen.front();
}

Parsed weights_arguments(const CLI::App& command, Draft& draft) {
  const std::string& action = innermost(command).get_name();
  if (action == "weights")
    return Arguments{draft.global, PrintOptions{command.help(program_name())}};
  draft.weights.action = action == "import" ? WeightsAction::kImport
                         : action == "pull" ? WeightsAction::kPull
                                            : WeightsAction::kStatus;
  return Arguments{draft.global, draft.weights};
}

Parsed result_of(const CLI::App& app, Draft& draft) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  if (chosen.empty()) {
    const std::vector<std::string> unknown = app.remaining();
    if (!unknown.empty()) {
      if (!unknown.front().starts_with('-')) return unknown_command(app, unknown.front());
      return unknown_word(app, app.help(), unknown.front());
    }
    if (draft.version) return Arguments{draft.global, VersionOptions{}};
    return Arguments{draft.global, PrintOptions{app.help()}};
  }
  const CLI::App& command = *chosen.front();
  const std::vector<std::string> unknown = app.remaining(true);
  if (command.get_name() == "exec") return exec_arguments(draft, unknown, command);
  if (!unknown.empty()) {
    return unknown_word(innermost(command), command.help(program_name()), unknown.front());
  }
  const std::string name = command.get_name() == predict_name() ? "predict" : command.get_name();
  if (name == "help") return help_for(app, draft);
  if (name == "completion") return completion_for(app, draft);
  if ((name == "predict" || name == "train") && command.count("--json") > 0) {
    (name == "train" ? draft.train.inputs : draft.predict.inputs).json = draft.json;
    (name == "train" ? draft.train.output : draft.predict.output).json = true;
    // The response is printed, and no earlier weights are replaced by it.
    if (name == "train" && command.count("--output") == 0) draft.train.output.path.clear();
  }
  if (name == "init") return Arguments{draft.global, draft.init};
  if (name == "predict") return Arguments{draft.global, draft.predict};
  if (name == "train") return Arguments{draft.global, draft.train};
  if (name == "serve" && !draft.version) return Arguments{draft.global, draft.serve};
  if (name == "build") return Arguments{draft.global, draft.build};
  if (name == "debug") return Arguments{draft.global, draft.debug};
  if (name == "compile") return Arguments{draft.global, draft.compile};
  if (name == "push") return Arguments{draft.global, draft.push};
  if (name == "weights") return weights_arguments(command, draft);
  if (name == "login") return Arguments{draft.global, draft.login};
  if (name == "schema") return Arguments{draft.global, draft.schema};
  if (name == "doctor") return Arguments{draft.global, draft.doctor};
  return Arguments{draft.global, VersionOptions{}};
}

using Words = std::vector<std::string>;

/// The word that names the command, or the end. No flag before it takes a word.
Words::iterator command_word(Words& words) {
  return std::find_if(words.begin(), words.end(),
                      [](const std::string& word) { return !word.starts_with('-'); });
}

/// A `--` between exec's own flags and its command goes: CLI11 would take the command's
/// flags for its own behind one.
void drop_separator(const CLI::App& exec, Words& words) {
  auto word = command_word(words);
  if (word == words.end() || *word != exec.get_name()) return;
  for (++word; word != words.end() && word->starts_with('-') && *word != "--"; ++word) {
    const CLI::Option* option = exec.get_option_no_throw(*word);
    const bool takes_next = option != nullptr && option->get_items_expected_max() > 0;
    if (takes_next && word + 1 != words.end()) ++word;
  }
  if (word != words.end() && *word == "--") words.erase(word);
}

/// What Cog says of a command that it has deprecated (cog-cli §3.3, §3.4); `predict` becomes
/// the command that it is.
std::string take_deprecated(Words& words) {
  const auto word = command_word(words);
  if (!called_cog() || word == words.end()) return {};
  if (*word == "train") {
    return "Command \"train\" is deprecated, the train command will be removed in a future "
           "version of Cog";
  }
  if (*word != "predict") return {};
  *word = predict_name();
  return "\"cog predict\" is deprecated, use \"cog run\"";
}

Parsed parse_words(Words words) {
  CLI::App app;
  Draft draft;
  define_commands(app, draft);
  drop_separator(*app.get_subcommand("exec"), words);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return Arguments{draft.global, PrintOptions{app.help()}};
  } catch (const CLI::ParseError& error) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return UsageError{chosen.empty() ? app.help() : chosen.front()->help(program_name()),
                      error.what()};
  }
  return result_of(app, draft);
}

}  // namespace

std::variant<Arguments, UsageError> parse_arguments(Words words) {
  const std::string warning = take_deprecated(words);
  Parsed parsed = parse_words(std::move(words));
  std::visit([&](auto& result) { result.warning = warning; }, parsed);
  return parsed;
}

}  // namespace cogpp::cli
