import com.sun.net.httpserver.Headers;
import cz.cesnet.cloud.occi.Model;
import cz.cesnet.cloud.occi.core.Action;
import cz.cesnet.cloud.occi.core.Attribute;
import cz.cesnet.cloud.occi.core.Category;
import cz.cesnet.cloud.occi.core.Kind;
import cz.cesnet.cloud.occi.core.Mixin;
import cz.cesnet.cloud.occi.core.Resource;
import cz.cesnet.cloud.occi.parser.CollectionType;
import cz.cesnet.cloud.occi.parser.TextParser;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads saved answers with jOCCI-core: WHAT MEDIA-TYPE HEAD BODY, as often as there are answers.
 *
 * <p>Prints a JSON list of what it read, as the readers beside it that are in Python.
 */
public class ReadAnswers {
    public static void main(String[] args) throws Exception {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < args.length; i += 4) {
            String body = Files.readString(Path.of(args[i + 3]));
            try {
                found.add(read(args[i], args[i + 1], headers(args[i + 2]), body));
            } catch (Exception error) {
                found.add(object("failed", text(String.valueOf(error))));
            }
        }
        new PrintStream(System.out, true, StandardCharsets.UTF_8).println(list(found));
    }

    static String read(String what, String media, Headers headers, String body) throws Exception {
        TextParser parser = new TextParser();
        if (what.equals("model")) {
            return model(parser.parseModel(media, body, headers));
        }
        if (what.equals("list")) {
            return object("locations", texts(parser.parseLocations(media, body, headers)));
        }
        return parser.parseCollection(media, body, headers, CollectionType.RESOURCE)
                .getResources().stream().map(ReadAnswers::resource).findFirst().get();
    }

    static String model(Model model) {
        List<String> all = new ArrayList<>();
        for (Kind kind : model.getKinds()) {
            Kind parent = kind.getParentKind();
            all.add(category("kind", kind, parent == null ? null : parent.getIdentifier()));
        }
        for (Mixin mixin : model.getMixins()) {
            all.add(category("mixin", mixin, mixin.getRelations().stream()
                    .map(Mixin::getIdentifier).findFirst().orElse(null)));
        }
        for (Action action : model.getActions()) {
            all.add(object("class", text("action"), "id", text(action.getIdentifier()),
                    "title", text(action.getTitle()), "rel", "null",
                    "attributes", names(action.getAttributes())));
        }
        return object("categories", list(all));
    }

    static String category(String cls, Category category, String rel) {
        return object("class", text(cls), "id", text(category.getIdentifier()),
                "title", text(category.getTitle()), "rel", text(rel),
                "attributes", names(category.getAttributes()));
    }

    static String resource(Resource resource) {
        List<String> pairs = new ArrayList<>();
        for (Map.Entry<Attribute, String> entry : resource.getAttributes().entrySet()) {
            pairs.add(text(entry.getKey().getName()) + ": " + text(entry.getValue()));
        }
        return object("kind", text(resource.getKind().getIdentifier()),
                "attributes", "{" + String.join(", ", pairs) + "}",
                "actions", texts(resource.getActions().stream()
                        .map(Action::getIdentifier).collect(Collectors.toList())));
    }

    static Headers headers(String file) throws Exception {
        Headers headers = new Headers();
        for (String line : Files.readAllLines(Path.of(file))) {
            int colon = line.indexOf(": ");
            headers.add(line.substring(0, colon), line.substring(colon + 2));
        }
        return headers;
    }

    static String names(java.util.Collection<Attribute> attributes) {
        return texts(attributes.stream().map(Attribute::getName).collect(Collectors.toList()));
    }

    static String texts(java.util.Collection<?> items) {
        return list(items.stream().map(ReadAnswers::text).collect(Collectors.toList()));
    }

    static String list(List<String> items) {
        return "[" + String.join(", ", items) + "]";
    }

    static String object(String... namesAndValues) {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            pairs.add(text(namesAndValues[i]) + ": " + namesAndValues[i + 1]);
        }
        return "{" + String.join(", ", pairs) + "}";
    }

    static String text(Object value) {
        if (value == null) {
            return "null";
        }
        StringBuilder out = new StringBuilder("\"");
        for (char c : value.toString().toCharArray()) {
            if (c == '"' || c == '\\' || c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
