package fr.example.dmp;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.interceptor.BearerTokenAuthInterceptor;
import ca.uhn.fhir.rest.client.interceptor.SimpleRequestHeaderInterceptor;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;

/**
 * Who calls, and where: DMP_URL is the FHIR base (http://127.0.0.1:8080/fhir). A token is DMP_TOKEN_GP and so on; where there
 * is none it is asked of the sandbox, which gives anybody's to anybody. In production it comes from Pro Santé Connect, or from
 * the issuer that the server's SMART configuration names.
 */
final class Connection {
  static final String BASE = System.getenv().getOrDefault("DMP_URL", "http://127.0.0.1:8080/fhir");
  static final FhirContext FHIR = FhirContext.forR4();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Path EXAMPLES = Path.of(System.getProperty("examples", ".."));

  private Connection() {}

  static IGenericClient connect(String persona) {
    IGenericClient client = FHIR.newRestfulGenericClient(BASE);
    String given = System.getenv("DMP_TOKEN_" + persona.toUpperCase());
    client.registerInterceptor(new BearerTokenAuthInterceptor(given == null ? sandboxToken(persona) : given));
    client.registerInterceptor(new SimpleRequestHeaderInterceptor("Accept-Language", "en"));
    return client;
  }

  // region: token
  private static String sandboxToken(String persona) {
    String endpoint = ask(HttpRequest.newBuilder(URI.create(BASE + "/.well-known/smart-configuration"))).get("token_endpoint").asText();
    String credentials = Base64.getEncoder().encodeToString("dmp-sandbox:sandbox-secret-known-to-everyone".getBytes());
    String form = "grant_type=client_credentials&persona=" + URLEncoder.encode(personas().get(persona).toString(), StandardCharsets.UTF_8);
    return ask(HttpRequest.newBuilder(URI.create(endpoint))
            .header("Authorization", "Basic " + credentials)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)))
        .get("access_token")
        .asText();
  }
  // endregion: token

  private static JsonNode ask(HttpRequest.Builder request) {
    try {
      HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) throw new IllegalStateException("no token: " + answer.statusCode());
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode personas() {
    try {
      return JSON.readTree(Files.readString(EXAMPLES.resolve("personas.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whose record the examples are about. */
  static Identifier ins() {
    JsonNode ins = personas().get("patient").get("ins");
    return new Identifier().setSystem(ins.get("system").asText()).setValue(ins.get("value").asText());
  }

  /** A file of examples/data. */
  static byte[] data(String name) {
    try {
      return Files.readAllBytes(EXAMPLES.resolve("data").resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A resource of examples/data. */
  static <T extends IBaseResource> T example(String name, Class<T> type) {
    return FHIR.newJsonParser().parseResource(type, new String(data(name), StandardCharsets.UTF_8));
  }

  /** The resources of one type in a Bundle. */
  static <T extends Resource> List<T> entries(Bundle bundle, Class<T> type) {
    return bundle.getEntry().stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .filter(type::isInstance)
        .map(type::cast)
        .collect(Collectors.toList());
  }

  /** TD0.2, by POST: the id of the record of the examples' patient. */
  static String recordOf(IGenericClient client) {
    Bundle found = client.search()
        .forResource(Patient.class)
        .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(ins().getSystem(), ins().getValue()))
        .usingStyle(ca.uhn.fhir.rest.api.SearchStyleEnum.POST)
        .returnBundle(Bundle.class)
        .execute();
    return entries(found, Patient.class).stream()
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("there is no record: run Deposit first"))
        .getIdElement()
        .getIdPart();
  }

  /** What the server says when it refuses: its code, its words, and where in the request the fault is. */
  static String refusalOf(BaseServerResponseException refused) {
    OperationOutcome outcome = (OperationOutcome) refused.getOperationOutcome();
    String lines = outcome.getIssue().stream()
        .map(issue -> issue.getDetails().getCodingFirstRep().getCode() + ": " + issue.getDetails().getText() + at(issue))
        .collect(Collectors.joining("; "));
    return refused.getStatusCode() + " " + lines;
  }

  private static String at(OperationOutcome.OperationOutcomeIssueComponent issue) {
    if (!issue.hasExpression()) return "";
    return issue.getExpression().stream().map(StringType::getValue).collect(Collectors.joining(", ", " (", ")"));
  }
}
