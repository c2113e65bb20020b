package dev.sluice;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.TypeVariable;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What users of a module can name, as a text that a reviewer reads: types, members, generics, nullness, exceptions.
 *
 * <p>Everything comes from the compiled classes by reflection and is sorted, so every JDK writes the same text.
 */
public final class ApiText {

  private ApiText() {}

  /**
   * Fails unless the API of the module that holds {@code anchor} reads as {@code api/<name>.txt} does; with {@code
   * -Dsluice.api.update} writes that file instead.
   */
  public static void check(Class<?> anchor, String name) throws IOException {
    Path file = module(anchor).resolve("api").resolve(name + ".txt");
    List<String> actual = render(module(anchor).resolve("target/classes"));
    if (System.getProperty("sluice.api.update") != null) {
      Files.createDirectories(file.getParent());
      Files.write(file, actual);
      return;
    }
    List<String> expected = Files.exists(file) ? Files.readAllLines(file) : List.of();
    if (!actual.equals(expected)) {
      fail(
          Stream.of(
                  Stream.of("the public API is not what " + file.getFileName() + " says:"),
                  withoutAll(expected, actual).map(line -> "  - " + line),
                  withoutAll(actual, expected).map(line -> "  + " + line),
                  Stream.of(
                      "if that is meant, run: mvn -pl "
                          + module(anchor).getFileName()
                          + " -am test -Dtest=PublicApiTest -Dsluice.api.update"))
              .flatMap(lines -> lines)
              .collect(joining("\n")));
    }
  }

  /** The directory of the module whose {@code target/classes} holds {@code anchor}. */
  static Path module(Class<?> anchor) {
    try {
      return Path.of(anchor.getProtectionDomain().getCodeSource().getLocation().toURI())
          .getParent()
          .getParent();
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  static List<String> render(Path classes) throws IOException {
    TreeMap<String, TreeSet<String>> api = new TreeMap<>();
    try (Stream<Path> files = Files.walk(classes)) {
      files
          .map(file -> classes.relativize(file).toString())
          .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
          .map(name -> load(name.replaceAll("\\.class$", "").replaceAll("[/\\\\]", ".")))
          .filter(ApiText::isVisible)
          .forEach(type -> api.put(header(type), members(type)));
    }
    List<String> lines = new ArrayList<>();
    api.forEach(
        (header, members) -> {
          lines.add(header);
          members.forEach(member -> lines.add("    " + member));
        });
    return lines;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, ApiText.class.getClassLoader());
    } catch (ClassNotFoundException missing) {
      throw new AssertionError(missing);
    }
  }

  private static boolean isVisible(Class<?> type) {
    return isVisible(type.getModifiers())
        && !type.isSynthetic()
        && !type.isAnonymousClass()
        && !type.isLocalClass()
        && !type.getName().contains("$$")
        && (type.getEnclosingClass() == null || isVisible(type.getEnclosingClass()));
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  /** The name comes first, so that sorting groups nested types with their owner. */
  private static String header(Class<?> type) {
    int modifiers = type.getModifiers() & Modifier.classModifiers();
    if (type.isInterface()) {
      modifiers &= ~Modifier.ABSTRACT;
    }
    String kind =
        type.isAnnotation()
            ? "@interface"
            : type.isInterface() ? "interface" : type.isEnum() ? "enum" : "class";
    AnnotatedType parent = type.getAnnotatedSuperclass();
    String parents =
        Stream.concat(
                Stream.ofNullable(parent).filter(it -> it.getType() != Object.class),
                Arrays.stream(type.getAnnotatedInterfaces()))
            .map(ApiText::text)
            .collect(joining(", "));
    return type.getName()
        + typeParameters(type.getTypeParameters())
        + ": "
        + marks(type)
        + Modifier.toString(modifiers)
        + " "
        + kind
        + (parents.isEmpty() ? "" : " of " + parents);
  }

  /** The members of a hidden superclass are members of the type, to a user. */
  private static TreeSet<String> members(Class<?> type) {
    TreeSet<String> members = new TreeSet<>();
    for (Class<?> owner = type;
        owner != null && (owner == type || !isVisible(owner));
        owner = owner.getSuperclass()) {
      Stream<Member> constructors = Arrays.stream(owner.getDeclaredConstructors());
      Stream.of(
              owner == type ? constructors : Stream.<Member>empty(),
              Arrays.<Member>stream(owner.getDeclaredFields()),
              Arrays.<Member>stream(owner.getDeclaredMethods()))
          .flatMap(all -> all)
          .filter(member -> isVisible(member.getModifiers()) && !member.isSynthetic())
          // What Kotlin calls internal is public to the JVM, under a mangled name.
          .filter(member -> member instanceof Constructor || !member.getName().contains("$"))
          .map(ApiText::text)
          .forEach(members::add);
    }
    return members;
  }

  private static String text(Member member) {
    if (member instanceof Field field) {
      return marks(field)
          + Modifier.toString(field.getModifiers() & ~(Modifier.VOLATILE | Modifier.TRANSIENT))
          + " "
          + text(field.getAnnotatedType())
          + " "
          + field.getName()
          + constant(field);
    }
    Executable executable = (Executable) member;
    int modifiers =
        executable.getModifiers()
            & (executable instanceof Method
                ? Modifier.methodModifiers()
                : Modifier.constructorModifiers())
            & ~(Modifier.SYNCHRONIZED | Modifier.NATIVE | Modifier.STRICT);
    String generics = typeParameters(executable.getTypeParameters());
    String parameters =
        Arrays.stream(executable.getAnnotatedParameterTypes())
            .map(ApiText::text)
            .collect(joining(", "));
    String failures =
        Arrays.stream(executable.getAnnotatedExceptionTypes())
            .map(ApiText::text)
            .collect(joining(", "));
    return marks(executable)
        + Modifier.toString(modifiers)
        + (executable instanceof Method method && method.isDefault() ? " default" : "")
        + (generics.isEmpty() ? "" : " " + generics)
        + (executable instanceof Method method
            ? " " + text(method.getAnnotatedReturnType()) + " " + method.getName()
            : " new")
        + "("
        + (executable.isVarArgs() ? parameters.replaceFirst("\\[]$", "...") : parameters)
        + ")"
        + (failures.isEmpty() ? "" : " throws " + failures);
  }

  private static String constant(Field field) {
    boolean isConstant =
        Modifier.isStatic(field.getModifiers())
            && Modifier.isFinal(field.getModifiers())
            && (field.getType().isPrimitive() || field.getType() == String.class);
    try {
      return isConstant ? " = " + field.get(null) : "";
    } catch (IllegalAccessException hidden) {
      return "";
    }
  }

  private static String marks(AnnotatedElement element) {
    return (element.isAnnotationPresent(Deprecated.class) ? "@Deprecated " : "")
        + (element.isAnnotationPresent(FunctionalInterface.class) ? "@FunctionalInterface " : "");
  }

  private static String typeParameters(TypeVariable<?>[] parameters) {
    return parameters.length == 0
        ? ""
        : Arrays.stream(parameters)
            .map(
                parameter ->
                    parameter.getName() + bounds(" extends ", parameter.getAnnotatedBounds()))
            .collect(joining(", ", "<", ">"));
  }

  private static String bounds(String word, AnnotatedType[] bounds) {
    String text = Arrays.stream(bounds).map(ApiText::text).collect(joining(" & "));
    return text.isEmpty() || text.equals("Object") ? "" : word + text;
  }

  private static String text(AnnotatedType type) {
    String nullness = type.isAnnotationPresent(Nullable.class) ? "@Nullable " : "";
    if (type instanceof AnnotatedArrayType array) {
      return text(array.getAnnotatedGenericComponentType())
          + (nullness.isEmpty() ? "" : " " + nullness)
          + "[]";
    }
    if (type instanceof AnnotatedWildcardType wildcard) {
      return "?"
          + bounds(" super ", wildcard.getAnnotatedLowerBounds())
          + bounds(" extends ", wildcard.getAnnotatedUpperBounds());
    }
    if (type instanceof AnnotatedTypeVariable variable) {
      return nullness + ((TypeVariable<?>) variable.getType()).getName();
    }
    if (type instanceof AnnotatedParameterizedType parameterized) {
      return nullness
          + name((Class<?>) ((ParameterizedType) parameterized.getType()).getRawType())
          + Arrays.stream(parameterized.getAnnotatedActualTypeArguments())
              .map(ApiText::text)
              .collect(joining(", ", "<", ">"));
    }
    return nullness + name((Class<?>) type.getType());
  }

  /** Without the package where there is no doubt which it is. */
  private static String name(Class<?> type) {
    String name = type.getTypeName().replace('$', '.');
    return name.matches("(java|dev\\.sluice)\\..*")
        ? name.substring(type.getPackageName().length() + 1)
        : name;
  }

  private static Stream<String> withoutAll(List<String> lines, List<String> others) {
    List<String> rest = qualified(lines);
    rest.removeAll(qualified(others));
    return rest.stream();
  }

  /** A member's line by itself would not say whose it is. */
  private static List<String> qualified(List<String> lines) {
    List<String> qualified = new ArrayList<>();
    String header = "";
    for (String line : lines) {
      header = line.startsWith(" ") ? header : line;
      qualified.add(
          line.startsWith(" ") ? header.replaceAll("[:<].*", "") + ": " + line.strip() : line);
    }
    return qualified;
  }
}
